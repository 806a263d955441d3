obj.spec.powerPolicy = "AlwaysOn"
return obj
