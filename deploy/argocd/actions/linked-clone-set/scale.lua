local replicas = tonumber(actionParams["replicas"])
if replicas == nil or replicas < 0 or replicas % 1 ~= 0 then
  error("replicas must be a whole number that is not negative", 0)
end
obj.spec.replicas = replicas
return obj
