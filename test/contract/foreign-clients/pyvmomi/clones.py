"""Linked clones as PowerCLI and Perl scripts have made them for years, with hardware and customization in the same call."""
from pyVim.task import WaitForTask
from pyVmomi import vim, vmodl

from lab import LabTest, truth

GIGABYTE = 1024 ** 3


def disk_of(vm):
    return next(device for device in vm.config.hardware.device if isinstance(device, vim.vm.device.VirtualDisk))


class LinkedClones(LabTest):
    def test_a_clone_of_the_current_snapshot_shares_its_disk(self):
        clone = self.linked_clone('py-linked')
        backing = disk_of(clone).backing
        chain = [file['file'] for file in truth('py-linked')['disks'][0]['chain']]
        self.assertEqual([backing.fileName, backing.parent.fileName], chain)
        self.assertEqual(backing.parent.fileName, '[shared-1] base/base.vmdk')
        self.assertLess(clone.summary.storage.unshared, GIGABYTE // 1000)
        self.assertGreaterEqual(clone.summary.storage.committed, 4 * GIGABYTE)
        self.assertLessEqual({'config', 'diskDescriptor'}, {file.type for file in clone.layoutEx.file})

    def test_hardware_notes_settings_and_customization_in_one_call(self):
        config = vim.vm.ConfigSpec(numCPUs=2, memoryMB=2048, annotation='seat 12 of class A',
                                   extraConfig=[vim.option.OptionValue(key='guestinfo.seat', value='12')])
        address = vim.vm.customization.FixedIp(ipAddress='10.20.9.12')
        adapter = vim.vm.customization.IPSettings(ip=address, subnetMask='255.255.0.0', gateway=['10.20.0.1'])
        name = vim.vm.customization.FixedName(name='seat-12')
        customization = vim.vm.customization.Specification(
            identity=vim.vm.customization.LinuxPrep(hostName=name, domain='lab.local'),
            globalIPSettings=vim.vm.customization.GlobalIPSettings(dnsServerList=['10.20.0.2']),
            nicSettingMap=[vim.vm.customization.AdapterMapping(adapter=adapter)])
        clone = self.linked_clone('py-seat-12', config=config, customization=customization, power_on=True)
        self.assertEqual((clone.config.hardware.numCPU, clone.config.hardware.memoryMB), (2, 2048))
        self.assertEqual(clone.config.annotation, 'seat 12 of class A')
        self.assertIn(('guestinfo.seat', '12'), [(option.key, option.value) for option in clone.config.extraConfig])
        self.wait_for(clone, 'guest.ipAddress', lambda value: value == '10.20.9.12')
        self.wait_for(clone, 'guest.customizationInfo',
                      lambda info: info.customizationStatus == 'TOOLSDEPLOYPKG_SUCCEEDED')
        self.assertTrue(clone.guest.hostName.startswith('seat-12'))

    def test_a_stored_specification_is_read_and_used(self):
        item = self.content.customizationSpecManager.GetCustomizationSpec('linux-class')
        clone = self.linked_clone('py-stored', customization=item.spec, power_on=True)
        self.wait_for(clone, 'guest.hostName', lambda value: value == 'py-stored')

    def test_a_taken_name_is_a_typed_fault(self):
        first = self.linked_clone('py-twice')
        with self.assertRaises(vim.fault.DuplicateName) as taken:
            self.linked_clone('py-twice')
        self.assertEqual((taken.exception.name, taken.exception.object), ('py-twice', first))

    def test_an_invalid_spec_raises_out_of_wait_for_task(self):
        clone = self.linked_clone('py-on')
        WaitForTask(clone.PowerOnVM_Task())
        with self.assertRaises(vim.fault.InvalidPowerState) as refused:
            WaitForTask(clone.PowerOnVM_Task())
        self.assertEqual(refused.exception.existingState, 'poweredOn')
        failed = clone.PowerOnVM_Task()
        self.assertEqual(WaitForTask(failed, raiseOnError=False), 'error')
        self.assertIsInstance(failed.info.error, vim.fault.InvalidPowerState)

    def test_promotion_makes_it_independent(self):
        clone = self.linked_clone('py-kept')
        WaitForTask(clone.PromoteDisks_Task(unlink=True, disks=[disk_of(clone)]))
        self.assertIsNone(disk_of(clone).backing.parent)
        self.assertEqual(len(truth('py-kept')['disks'][0]['chain']), 1)

    def test_a_template_deploys_into_a_pool(self):
        gold = self.find(vim.VirtualMachine, 'gold')
        self.assertTrue(gold.config.template)
        self.assertIsNone(gold.resourcePool)
        spec = vim.vm.CloneSpec(location=vim.vm.RelocateSpec(pool=self.find(vim.ResourcePool, 'Classes')))
        task = gold.Clone(folder=self.find(vim.Folder, 'Labs'), name='py-deployed', spec=spec)
        WaitForTask(task)
        self.addCleanup(self.destroy, task.info.result)
        self.assertEqual(task.info.result.resourcePool.name, 'Classes')

    def wait_for(self, vm, path, accepts):
        """Waits for updates of one property until its value is the right one."""
        collector = self.content.propertyCollector.CreatePropertyCollector()
        query = vmodl.query.PropertyCollector
        collector.CreateFilter(query.FilterSpec(objectSet=[query.ObjectSpec(obj=vm)],
                                                propSet=[query.PropertySpec(type=vim.VirtualMachine, pathSet=[path])]),
                               True)
        version = ''
        try:
            while True:
                value = vm
                for part in path.split('.'):
                    value = getattr(value, part)
                if value is not None and accepts(value):
                    return
                updates = collector.WaitForUpdatesEx(version, query.WaitOptions(maxWaitSeconds=30))
                self.assertIsNotNone(updates, f'{path} of {vm.name} stays {value!r}')
                version = updates.version
        finally:
            collector.DestroyPropertyCollector()
