-- What a set writes into its clones it would write again, so a clone of a set has other actions than one of its own.
local ofSet = false
if obj.metadata.ownerReferences ~= nil then
  for _, owner in ipairs(obj.metadata.ownerReferences) do
    if owner.kind == "LinkedCloneSet" then
      ofSet = true
    end
  end
end
local annotations = obj.metadata.annotations
if annotations == nil then
  annotations = {}
end
local function flagged(name)
  local value = annotations["linkedclone.dev/" .. name]
  return value ~= nil and value ~= "false"
end
local paused = obj.spec.paused == true
local power = obj.spec.powerPolicy
if power == nil then
  power = "AlwaysOn"
end
local actions = {
  pause = { disabled = paused, iconClass = "fa fa-fw fa-pause-circle" },
  resume = { disabled = not paused, iconClass = "fa fa-fw fa-play-circle" },
}
if ofSet then
  actions["protect"] = { disabled = flagged("protect"), iconClass = "fa fa-fw fa-lock" }
  actions["unprotect"] = { disabled = not flagged("protect"), iconClass = "fa fa-fw fa-unlock" }
  actions["delete-first"] = { disabled = flagged("delete-first"), iconClass = "fa fa-fw fa-sort-amount-desc" }
  actions["detach"] = { disabled = flagged("detach"), iconClass = "fa fa-fw fa-chain-broken" }
else
  actions["power-on"] = { disabled = power == "AlwaysOn", iconClass = "fa fa-fw fa-power-off" }
  actions["power-off"] = { disabled = power == "Off", iconClass = "fa fa-fw fa-power-off" }
end
return actions
