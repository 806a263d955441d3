{{- /* Names, labels and the Pod's image, as every template of this chart writes them. */ -}}

{{- define "linked-clone-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "linked-clone-operator.fullname" -}}
{{- $name := include "linked-clone-operator.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- /* Cluster-scoped objects of two releases in two namespaces mustn't meet. */ -}}
{{- define "linked-clone-operator.clusterName" -}}
{{- $fullname := include "linked-clone-operator.fullname" . }}
{{- if eq .Release.Namespace "linked-clone-system" }}
{{- $fullname }}
{{- else }}
{{- printf "%s:%s" .Release.Namespace $fullname }}
{{- end }}
{{- end }}

{{- /*
Labels of an object: `dict "root" $`, with "component" where it is of one, and "more" that are said for it alone. What the chart
says itself wins, `part-of` aside: objects are found by it.
*/ -}}
{{- define "linked-clone-operator.labels" -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_")
  "app.kubernetes.io/version" .root.Chart.AppVersion
  "app.kubernetes.io/managed-by" .root.Release.Service }}
{{- with .component }}{{ $_ := set $own "app.kubernetes.io/component" . }}{{ end }}
{{- $found := include "linked-clone-operator.selectorLabels" .root | fromYaml }}
{{- $partOf := dict "app.kubernetes.io/part-of" "linked-clone-operator" }}
{{- toYaml (mergeOverwrite $partOf (default dict .root.Values.commonLabels) (default dict .more) $own $found) }}
{{- end }}

{{- /* Frozen: a Deployment's selector can't be changed by an upgrade. */ -}}
{{- define "linked-clone-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "linked-clone-operator.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "linked-clone-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "linked-clone-operator.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.name must name an account when serviceAccount.create is false" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "linked-clone-operator.image" -}}
{{- $registry := ternary "" (printf "%s/" .Values.image.registry) (empty .Values.image.registry) }}
{{- $tag := ternary .Chart.AppVersion .Values.image.tag (empty .Values.image.tag) }}
{{- $digest := ternary "" (printf "@%s" .Values.image.digest) (empty .Values.image.digest) }}
{{- printf "%s%s:%s%s" $registry .Values.image.repository $tag $digest }}
{{- end }}

{{- define "linked-clone-operator.pullSecrets" -}}
{{- with concat (default list .Values.global.imagePullSecrets) .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ (kindIs "map" . | ternary . (dict "name" .)).name | quote }}
  {{- end }}
{{- end }}
{{- end }}

{{- /* Where Pods may run: the same for the operator, the simulator and the test. */ -}}
{{- define "linked-clone-operator.scheduling" -}}
{{- with default .Values.global.priorityClassName .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "linked-clone-operator.crdAnnotations" -}}
{{- with mergeOverwrite (dict) (default dict .Values.crds.annotations) (ternary (dict "helm.sh/resource-policy" "keep") dict .Values.crds.keep) }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{- /* The operator's Pods. */ -}}
{{- define "linked-clone-operator.podLabels" -}}
{{ include "linked-clone-operator.selectorLabels" . }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "linked-clone-operator.crdLabels" -}}
{{- include "linked-clone-operator.labels" (dict "root" . "more" .Values.crds.labels) }}
{{- end }}

{{- /*
What a release of an older chart didn't know yet: `helm upgrade --reuse-values` gives its values in place of this chart's defaults,
so each template begins with this. Only what is below a group is filled in; what an administrator sets to null elsewhere stays away.
*/ -}}
{{- define "linked-clone-operator.fillIn" -}}
{{- $root := . }}
{{- range $path, $value := .Files.Get "files/defaults.yaml" | fromYaml }}
{{- $names := splitList "." $path }}
{{- $at := $root.Values }}
{{- range initial $names }}
{{- if not (kindIs "map" (get $at .)) }}{{ $_ := set $at . dict }}{{ end }}
{{- $at = get $at . }}
{{- end }}
{{- if not (hasKey $at (last $names)) }}{{ $_ := set $at (last $names) $value }}{{ end }}
{{- end }}
{{- end }}

{{- /* SHA-256 of the certificate in files/. */ -}}
{{- define "linked-clone-operator.simulatorThumbprint" -}}
{{- $body := .Files.Get "files/simulator.crt" | replace "-----BEGIN CERTIFICATE-----" "" | replace "-----END CERTIFICATE-----" "" | replace "\n" "" }}
{{- $body | b64dec | sha256sum }}
{{- end }}

{{- /* Whether a kind of the Prometheus operator is rendered: `dict "root" $ "kind" KIND`. */ -}}
{{- define "linked-clone-operator.rendersMonitoring" -}}
{{- $mode := .root.Values.metrics.renderMode }}
{{- $there := .root.Capabilities.APIVersions.Has (printf "monitoring.coreos.com/v1/%s" .kind) }}
{{- if and (eq $mode "failIfMissing") (not $there) }}
{{- fail (printf "the cluster has no kind %s (monitoring.coreos.com/v1): install the Prometheus operator first, or set metrics.renderMode=skipIfMissing" .kind) }}
{{- end }}
{{- if or $there (ne $mode "skipIfMissing") }}true{{ end }}
{{- end }}
