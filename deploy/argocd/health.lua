-- Health of the four kinds of linkedclone.dev in Argo CD: Degraded only when a person must act, Suspended when paused, and
-- Progressing for all that comes by itself, retries among it. Argo CD itself shows a deleted object as Progressing.
local function condition(name)
  if obj.status ~= nil and obj.status.conditions ~= nil then
    for _, each in ipairs(obj.status.conditions) do
      if each.type == name then
        return each
      end
    end
  end
  return {}
end

local function verdict(status, said, otherwise)
  local message = otherwise
  if said.message ~= nil and said.message ~= "" then
    message = said.message
  end
  return { status = status, message = message }
end

if obj.status == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return verdict("Progressing", {}, "The operator has not seen this version yet")
end

local ready = condition("Ready")
if condition("Stalled").status == "True" then
  return verdict("Degraded", condition("Stalled"), "Somebody must act")
end
-- of a VCenter: nothing is deleted on it until somebody says that this was meant
for _, name in ipairs({ "DeletionsPaused", "InventoryRewound" }) do
  if condition(name).status == "True" then
    return verdict("Degraded", condition(name), name)
  end
end
if obj.spec ~= nil and obj.spec.paused == true then
  return verdict("Suspended", ready, "Paused")
end
if condition("Reconciling").status == "True" then
  return verdict("Progressing", condition("Reconciling"), "The operator works on it")
end
if ready.status == "True" then
  return verdict("Healthy", ready, "Ready")
end
return verdict("Progressing", ready, "Waiting for the operator")
