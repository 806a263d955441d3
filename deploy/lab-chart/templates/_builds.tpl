{{- /* A build with the defaults below it, as a map; lists of the build replace those of the defaults. */ -}}
{{- define "lab.build" -}}
{{- $build := mergeOverwrite (deepCopy .root.Values.defaults) (deepCopy .build) }}
{{- /* One is text and the other a map: nothing to merge. */ -}}
{{- range $key := list "customization" "readiness" }}
{{- if hasKey $.build $key }}
{{- if not (and (kindIs "map" (get $.build $key)) (kindIs "map" (get $.root.Values.defaults $key))) }}
{{- $_ := set $build $key (get $.build $key) }}
{{- end }}
{{- end }}
{{- end }}
{{- toYaml $build }}
{{- end }}

{{- /* A name of Kubernetes from text of people: "Templates/Tmpl Capture 1.0" is tmpl-capture-1.0. */ -}}
{{- define "lab.slug" -}}
{{- $slug := regexReplaceAll "[^a-z0-9.]+" (base . | lower) "-" | trimAll "-." | trunc 55 | trimAll "-." }}
{{- required (printf "%q has no letter or digit to make a name of: give the build a name and a baseName" .) $slug }}
{{- end }}

{{- define "lab.setName" -}}
{{- default (include "lab.slug" (regexReplaceAll "#+" .names "" )) .name }}
{{- end }}

{{- define "lab.baseName" -}}
{{- default (include "lab.slug" .vm) .baseName }}
{{- end }}

{{- define "lab.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}
