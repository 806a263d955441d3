-- Only what an administrator can do without knowing more: to resume deletions, read the condition's message first.
local refused = false
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, each in ipairs(obj.status.conditions) do
    if each.type == "Authenticated" and each.status ~= "True" then
      refused = true
    end
  end
end
return {
  ["retry-login"] = { disabled = not refused, iconClass = "fa fa-fw fa-refresh" },
}
