#!/bin/sh
# Makes the roles that role.md describes, and gives them to an account. Needs govc, and GOVC_URL, GOVC_USERNAME and
# GOVC_PASSWORD of an administrator. Can be run again: roles are brought to what is listed here.
#
#   ACCOUNT     user that the operator logs in as, DOMAIN\name; empty: only the roles are made
#   FOLDERS     folders that clones are made in (inventory paths, separated by commas)
#   PARENTS     parents, or folders of parents
#   POOLS       resource pools
#   DATASTORES  datastores of clones
#   CLAIM       yes: the role on the root folder has what the claim on the vCenter needs, too
set -eu

GOVC=${GOVC:-govc}
existing=$("$GOVC" role.ls | cut -d " " -f 1)

# role NAME PRIVILEGE...: System.Anonymous, System.View and System.Read are in every role that vCenter makes.
role() {
  name=$1
  if printf '%s\n' "$existing" | grep -qx "$name"; then
    "$GOVC" role.update "$@"
  else
    "$GOVC" role.create "$@"
  fi
}

# permit ROLE PATHS: on each path and on everything below it.
permit() {
  [ -n "${ACCOUNT:-}" ] || return 0
  (
    IFS=,
    set -f
    for path in $2; do
      "$GOVC" permissions.set -principal "$ACCOUNT" -role "$1" -propagate=true "$path"
    done
  )
}

claim=
if [ "${CLAIM:-}" = yes ]; then
  claim="Global.SetCustomField Global.ManageCustomFields"
fi

# shellcheck disable=SC2086 # two words, or none
role linked-clone-root \
  VirtualMachine.Provisioning.ReadCustSpecs \
  $claim

role linked-clone-folder \
  VirtualMachine.Inventory.CreateFromExisting \
  VirtualMachine.Config.AdvancedConfig \
  VirtualMachine.Config.Settings \
  VirtualMachine.Interact.PowerOn \
  VirtualMachine.Interact.PowerOff \
  VirtualMachine.Inventory.Delete \
  Folder.Create \
  VirtualMachine.Config.CPUCount \
  VirtualMachine.Config.Memory \
  VirtualMachine.Config.Annotation

role linked-clone-pool \
  Resource.AssignVMToPool

role linked-clone-datastore \
  Datastore.AllocateSpace

role linked-clone-parents \
  VirtualMachine.Provisioning.Clone \
  VirtualMachine.Provisioning.DeployTemplate \
  VirtualMachine.Provisioning.Customize \
  VirtualMachine.State.CreateSnapshot \
  VirtualMachine.State.RemoveSnapshot

permit linked-clone-root /
permit linked-clone-folder "${FOLDERS:-}"
permit linked-clone-parents "${PARENTS:-}"
permit linked-clone-pool "${POOLS:-}"
permit linked-clone-datastore "${DATASTORES:-}"
