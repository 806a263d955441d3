if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["linkedclone.dev/delete-first"] = "true"
return obj
