if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["linkedclone.dev/detach"] = "true"
return obj
