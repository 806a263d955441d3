{{- /* A build with the defaults below it, as a map; lists of the build replace those of the defaults. */ -}}
{{- define "lab.build" -}}
{{- $own := deepCopy .build }}
{{- $defaults := deepCopy .root.Values.defaults }}
{{- $choices := include "lab.choices" . | fromYaml }}
{{- /* What a build chooses takes the place of what the defaults have chosen. */ -}}
{{- range $path, $members := $choices }}
{{- $ours := $own }}
{{- $theirs := $defaults }}
{{- range splitList "." $path }}
{{- $ours = default dict (get $ours .) }}
{{- $theirs = default dict (get $theirs .) }}
{{- end }}
{{- range $member := $members }}
{{- if hasKey $ours $member }}
{{- range without $members $member }}
{{- $_ := unset $theirs . }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if $own.vm }}
{{- if (default dict $own.clone).baseSnapshotRef }}
{{- fail (printf "build %s has a vm and clone.baseSnapshotRef: it stands on one of them" $own.names) }}
{{- end }}
{{- if $defaults.clone }}{{ $_ := unset $defaults.clone "baseSnapshotRef" }}{{ end }}
{{- if $defaults.base }}{{ $_ := unset $defaults.base "source" }}{{ end }}
{{- end }}
{{- if ne (dig "base" "allowedNamespaces" "from" "Selector" $own) "Selector" }}
{{- with dig "base" "allowedNamespaces" dict $defaults }}{{ $_ := unset . "selector" }}{{ end }}
{{- end }}
{{- /* The operator deletes only snapshots that it has made. */ -}}
{{- if hasKey (dig "base" "snapshot" dict $own) "existing" }}
{{- if eq (dig "base" "deletionPolicy" "" $defaults) "Delete" }}{{ $_ := unset $defaults.base "deletionPolicy" }}{{ end }}
{{- end }}
{{- $build := mergeOverwrite $defaults $own }}
{{- range $path, $members := $choices }}
{{- $at := $build }}
{{- range splitList "." $path }}
{{- $at = default dict (get $at .) }}
{{- end }}
{{- $chosen := list }}
{{- range $members }}{{ if hasKey $at . }}{{ $chosen = append $chosen . }}{{ end }}{{ end }}
{{- if gt (len $chosen) 1 }}
{{- fail (printf "build %s: %s takes one of %s, and has %s" $build.names $path (join ", " $members) (join " and " $chosen)) }}
{{- end }}
{{- end }}
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

{{- /* Fields of which there is one, by the field that they are in. */ -}}
{{- define "lab.choices" -}}
base.source.vm: [inventoryPath, instanceUuid, moRef]
base.snapshot: [existing, create]
base.snapshot.existing: [current, name, path, moRef]
clone.placement: [cluster, resourcePool]
{{- end }}

{{- /* A name of Kubernetes from text of people: "Templates/Tmpl Capture 1.0" is tmpl-capture-1.0, "Capture rev. 2" capture-rev.2. */ -}}
{{- define "lab.slug" -}}
{{- $slug := regexReplaceAll "[^a-z0-9.]+" (base . | lower) "-" }}
{{- $slug = regexReplaceAll "[-.]*[.][-.]*" $slug "." | trimAll "-." | trunc 55 | trimAll "-." }}
{{- required (printf "%q has no letter or digit to make a name of: give the build a name and a baseName" .) $slug }}
{{- end }}

{{- define "lab.setName" -}}
{{- if .name }}{{ .name }}{{ else }}{{ include "lab.slug" (regexReplaceAll "#+" .names "") }}{{ end }}
{{- end }}

{{- define "lab.baseName" -}}
{{- if .baseName }}{{ .baseName }}{{ else }}{{ include "lab.slug" .vm }}{{ end }}
{{- end }}

{{- /* What the chart says itself wins over `labels`. */ -}}
{{- define "lab.labels" -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_")
  "app.kubernetes.io/instance" .Release.Name
  "app.kubernetes.io/managed-by" .Release.Service }}
{{- toYaml (mergeOverwrite (dict) .Values.labels $own) }}
{{- end }}
