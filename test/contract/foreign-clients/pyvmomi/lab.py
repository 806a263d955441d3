"""What the tests share: connections to the simulator that the runner started, its admin endpoint, finding and cleaning up."""
import json
import os
import unittest
import urllib.request
from urllib.parse import urlparse

from pyVim.connect import Disconnect, SmartConnect
from pyVim.task import WaitForTask
from pyVmomi import vim, vmodl

VCENTER = json.loads(os.environ['SIMULATED_VCENTER'])
ADDRESS = urlparse(VCENTER['url'])


def connect(user=VCENTER['username'], password=VCENTER['password'], **options):
    return SmartConnect(host=ADDRESS.hostname, port=ADDRESS.port, user=user, pwd=password,
                        disableSslCertValidation=True, **options)


def admin(method, path, body=None):
    """The simulator's admin endpoint: what is true, and ways to disturb it."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(VCENTER['adminUrl'] + path, data=data, method=method)
    with urllib.request.urlopen(request) as reply:
        text = reply.read()
    return json.loads(text) if text else None


def truth(name):
    """What the model says of a machine."""
    return next(vm for vm in admin('GET', '/v1/inventory')['vms'] if vm['name'] == name)


class LabTest(unittest.TestCase):
    """A session for each test; the machines that it made go with it."""

    def setUp(self):
        self.si = connect()
        self.addCleanup(Disconnect, self.si)
        self.content = self.si.RetrieveContent()
        self.addCleanup(admin, 'DELETE', '/v1/faults')

    def all_of(self, *types):
        view = self.content.viewManager.CreateContainerView(self.content.rootFolder, list(types), True)
        try:
            return list(view.view)
        finally:
            view.Destroy()

    def find(self, kind, name):
        return next(found for found in self.all_of(kind) if found.name == name)

    def linked_clone(self, name, source='base', config=None, customization=None, power_on=False):
        """As the scripts of the field do it: children of the disks as of the current snapshot, all in one call."""
        parent = self.find(vim.VirtualMachine, source)
        location = vim.vm.RelocateSpec(diskMoveType='createNewChildDiskBacking',
                                       pool=self.find(vim.ResourcePool, 'Classes'))
        spec = vim.vm.CloneSpec(location=location, powerOn=power_on, template=False, config=config,
                                customization=customization, snapshot=parent.snapshot.currentSnapshot)
        task = parent.CloneVM_Task(folder=self.find(vim.Folder, 'Labs'), name=name, spec=spec)
        WaitForTask(task)
        clone = task.info.result
        self.addCleanup(self.destroy, clone)
        return clone

    def destroy(self, vm):
        try:
            if vm.runtime.powerState != 'poweredOff':
                WaitForTask(vm.PowerOffVM_Task())
            WaitForTask(vm.Destroy_Task())
        except vmodl.fault.ManagedObjectNotFound:
            pass  # the test did it itself
