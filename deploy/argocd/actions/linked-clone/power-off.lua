obj.spec.powerPolicy = "Off"
return obj
