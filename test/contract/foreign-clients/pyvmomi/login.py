"""Logging in, being refused, and being somebody with few rights."""
from pyVim.connect import Disconnect
from pyVim.task import WaitForTask
from pyVmomi import vim, vmodl

from lab import VCENTER, LabTest, connect


class Login(LabTest):
    def test_negotiates_a_version_and_knows_who_it_is(self):
        self.assertEqual(self.content.about.apiType, 'VirtualCenter')
        session = self.content.sessionManager.currentSession
        self.assertEqual(session.userName, VCENTER['username'])
        self.assertIn(session.key, [other.key for other in self.content.sessionManager.sessionList])

    def test_a_wrong_password_is_invalid_login(self):
        with self.assertRaises(vim.fault.InvalidLogin):
            connect(password='wrong')

    def test_a_session_that_ended_is_not_authenticated(self):
        other = connect()
        key = other.content.sessionManager.currentSession.key
        self.content.sessionManager.TerminateSession([key])
        with self.assertRaises(vim.fault.NotAuthenticated):
            other.content.viewManager.CreateContainerView(other.content.rootFolder, [], True)

    def test_a_reader_reads_and_is_told_which_privilege_is_missing(self):
        reader = connect(user='reader@vsphere.local', password='readers-password')
        self.addCleanup(Disconnect, reader)
        clone = self.linked_clone('py-guarded')
        same = vim.VirtualMachine(clone._moId, reader._stub)
        self.assertEqual(same.name, 'py-guarded')
        with self.assertRaises(vim.fault.NoPermission) as denied:
            same.PowerOnVM_Task()
        self.assertEqual(denied.exception.privilegeId, 'VirtualMachine.Interact.PowerOn')
        self.assertEqual(denied.exception.object, clone)
        self.assertEqual(clone.runtime.powerState, 'poweredOff')

    def test_an_object_that_is_gone_is_managed_object_not_found(self):
        clone = self.linked_clone('py-gone')
        other = self.linked_clone('py-stays')
        WaitForTask(clone.Destroy_Task())
        with self.assertRaises(vmodl.fault.ManagedObjectNotFound) as gone:
            clone.Rename_Task('py-back')
        self.assertEqual(gone.exception.obj, clone)
        self.assertEqual(other.name, 'py-stays')
