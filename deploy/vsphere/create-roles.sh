#!/bin/sh
# Makes the roles that role.md describes, the user that the operator logs in as where that is asked for, and gives the roles to
# the user. Needs govc, and GOVC_URL, GOVC_USERNAME and GOVC_PASSWORD of an administrator. Can be run again: roles are brought
# to what is listed here, a user that exists is left alone.
#
#   ACCOUNT                user that the operator logs in as, DOMAIN\name; empty: only the roles are made
#   ACCOUNT_PASSWORD_FILE  file with a password: ACCOUNT is made with it, in vCenter's own domain, unless it's there. govc takes
#                          a password as an argument only, so `ps` shows it on this machine during that one call
#   FOLDERS                folders that clones are made in (inventory paths, separated by commas)
#   PARENTS                parents, or folders of parents
#   POOLS                  resource pools
#   DATASTORES             datastores of clones
#   SNAPSHOTS              create: the role on parents can take snapshots (bases with snapshot.create); delete: and remove
#                          them (bases with deletionPolicy: Delete). Empty: bases use snapshots that exist
#   CLAIM                  yes: the role on the root folder has what the claim on the vCenter needs, too
set -eu

GOVC=${GOVC:-govc}

fail() {
  printf '%s\n' "$1" >&2
  exit 2
}

case ${SNAPSHOTS:-} in
  '' | create | delete) ;;
  *) fail "SNAPSHOTS is $SNAPSHOTS: it must be create, delete or empty" ;;
esac
if [ -n "${ACCOUNT_PASSWORD_FILE:-}" ]; then
  [ -n "${ACCOUNT:-}" ] || fail 'ACCOUNT_PASSWORD_FILE needs ACCOUNT, the user to make'
  [ -s "$ACCOUNT_PASSWORD_FILE" ] || fail "ACCOUNT_PASSWORD_FILE: $ACCOUNT_PASSWORD_FILE is not there or empty"
fi

# user: makes ACCOUNT where nobody has its name. The search of vCenter also finds names that contain it.
user() {
  name=${ACCOUNT##*\\}
  if "$GOVC" sso.user.ls "$name" | NAME=$name awk '
    { sub(/(  +|\t).*$/, "") } tolower($0) == tolower(ENVIRON["NAME"]) { found = 1 } END { exit !found }'; then
    printf 'the user %s exists: neither it nor its password is changed\n' "$name"
  else
    "$GOVC" sso.user.create -d 'logs in for the linked-clone operator' -p "$(cat "$ACCOUNT_PASSWORD_FILE")" "$name"
  fi
}

# role NAME <list: a privilege in each line, and behind # why. System.Anonymous, System.View and System.Read are in every role
# that vCenter makes.
role() {
  name=$1
  # shellcheck disable=SC2046 # a word for each privilege
  set -- $(sed 's/#.*//')
  if printf '%s\n' "$existing" | grep -qx "$name"; then
    "$GOVC" role.update "$name" "$@"
  else
    "$GOVC" role.create "$name" "$@"
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

existing=$("$GOVC" role.ls | cut -d " " -f 1)

{
  cat <<'WHY'
VirtualMachine.Provisioning.ReadCustSpecs # read stored customization specifications
WHY
  [ "${CLAIM:-}" != yes ] || cat <<'WHY'
Global.SetCustomField # write the claim on the vCenter, so that a copy of the cluster keeps away
Global.ManageCustomFields # define the field that the claim is kept in, once
WHY
} | role linked-clone-root

role linked-clone-folder <<'WHY'
VirtualMachine.Inventory.CreateFromExisting # put a clone into the folder
VirtualMachine.Config.AdvancedConfig # the ownership marker in extraConfig
VirtualMachine.Config.Settings # the clone's own instanceUuid
VirtualMachine.Interact.PowerOn # power a clone on
VirtualMachine.Interact.PowerOff # power a clone off
VirtualMachine.Inventory.Delete # delete a clone
Folder.Create # make a folder that an access rule allows, such as one for each namespace
VirtualMachine.Config.CPUCount # spec.hardware.cpus, coresPerSocket
VirtualMachine.Config.Memory # spec.hardware.memoryMiB
VirtualMachine.Config.Annotation # spec.notes
WHY

role linked-clone-pool <<'WHY'
Resource.AssignVMToPool # put a clone into the resource pool
WHY

role linked-clone-datastore <<'WHY'
Datastore.AllocateSpace # a clone's delta disks
WHY

{
  cat <<'WHY'
VirtualMachine.Provisioning.Clone # clone a parent that is a virtual machine
VirtualMachine.Provisioning.DeployTemplate # clone a parent that is a template
VirtualMachine.Provisioning.Customize # clone it with a customization
WHY
  [ -z "${SNAPSHOTS:-}" ] || cat <<'WHY'
VirtualMachine.State.CreateSnapshot # BaseSnapshot with spec.snapshot.create
WHY
  [ "${SNAPSHOTS:-}" != delete ] || cat <<'WHY'
VirtualMachine.State.RemoveSnapshot # BaseSnapshot with spec.deletionPolicy: Delete
WHY
} | role linked-clone-parents

[ -z "${ACCOUNT_PASSWORD_FILE:-}" ] || user
permit linked-clone-root /
permit linked-clone-folder "${FOLDERS:-}"
permit linked-clone-parents "${PARENTS:-}"
permit linked-clone-pool "${POOLS:-}"
permit linked-clone-datastore "${DATASTORES:-}"
