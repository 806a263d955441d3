local paused = obj.spec.paused == true
-- the set's own policy comes before that of its template
local power = obj.spec.powerPolicy
if power == nil and obj.spec.template ~= nil and obj.spec.template.spec ~= nil then
  power = obj.spec.template.spec.powerPolicy
end
if power == nil then
  power = "AlwaysOn"
end
return {
  scale = { iconClass = "fa fa-fw fa-plus-circle", params = { { name = "replicas" } } },
  pause = { disabled = paused, iconClass = "fa fa-fw fa-pause-circle" },
  resume = { disabled = not paused, iconClass = "fa fa-fw fa-play-circle" },
  ["power-on"] = { disabled = power == "AlwaysOn", iconClass = "fa fa-fw fa-power-off" },
  ["power-off"] = { disabled = power == "Off", iconClass = "fa fa-fw fa-power-off" },
}
