{{- /* The operator's rights, in the two halves that limiting it to namespaces tells apart. */ -}}

{{- /* What has no namespace. */ -}}
{{- define "linked-clone-operator.clusterRules" -}}
# Patch is for finalizers.
- apiGroups: [linkedclone.dev]
  resources: [vcenters]
  verbs: [get, list, watch, patch]
- apiGroups: [linkedclone.dev]
  resources: [vcenters/status]
  verbs: [patch]
# One of the CRDs being deleted would delete every clone: deletions stop when one of these four is terminating.
- apiGroups: [apiextensions.k8s.io]
  resources: [customresourcedefinitions]
  resourceNames:
    - vcenters.linkedclone.dev
    - basesnapshots.linkedclone.dev
    - linkedclonesets.linkedclone.dev
    - linkedclones.linkedclone.dev
  verbs: [get]
# Labels for access rules and allowedNamespaces; the UID of kube-system is the cluster's id in markers.
- apiGroups: ['']
  resources: [namespaces]
  verbs: [get, list, watch]
{{- end }}

{{- /* What the operator does in the namespaces that it manages. */ -}}
{{- define "linked-clone-operator.namespacedRules" -}}
# Patch is for finalizers, and for owner references and specs of clones that a set made.
- apiGroups: [linkedclone.dev]
  resources: [basesnapshots, linkedclonesets]
  verbs: [get, list, watch, patch]
- apiGroups: [linkedclone.dev]
  resources: [linkedclones]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [linkedclone.dev]
  resources: [basesnapshots/status, linkedclonesets/status, linkedclones/status]
  verbs: [patch]
# Owner references with blockOwnerDeletion need update on the owner's finalizers (OwnerReferencesPermissionEnforcement):
# sets own their clones and revisions.
- apiGroups: [linkedclone.dev]
  resources: [linkedclonesets/finalizers]
  verbs: [update]
# Revisions of templates. Who sets an owner reference must be allowed to delete the object, too.
- apiGroups: [apps]
  resources: [controllerrevisions]
  verbs: [list, create, delete]
{{ include "linked-clone-operator.eventRules" . }}
{{- end }}

{{- define "linked-clone-operator.eventRules" -}}
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{- /* What the operator does in its own namespace. */ -}}
{{- define "linked-clone-operator.ownRules" -}}
# Credentials of vCenters, read by name.
- apiGroups: ['']
  resources: [secrets]
  verbs: [get]
# The leader's Lease. A create can't be limited to a name.
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [linked-clone-operator]
  verbs: [get, update]
{{- end }}
