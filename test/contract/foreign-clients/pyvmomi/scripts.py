"""What lab scripts do around their clones, as PowerCLI and Perl did it: notes and attributes, rollbacks, chains of linked clones,
specifications, histories, hardware, and what they are refused in a guest."""
from datetime import timedelta

from pyVim.task import WaitForTask
from pyVmomi import vim, vmodl

from lab import LabTest, truth

GIGABYTE = 1024 ** 3


def disk_of(vm):
    return next(device for device in vm.config.hardware.device if isinstance(device, vim.vm.device.VirtualDisk))


def chain_of(name):
    return [file['file'] for file in truth(name)['disks'][0]['chain']]


def add(device):
    return vim.vm.device.VirtualDeviceSpec(operation='add', device=device)


class Clones(LabTest):
    def snapshot(self, vm, name):
        task = vm.CreateSnapshot_Task(name=name, description='', memory=False, quiesce=False)
        WaitForTask(task)
        return task.info.result

    def test_attributes_and_notes_of_the_parent_are_copied_to_its_clones(self):
        fields = self.content.customFieldsManager
        field = next(field for field in fields.field if field.name == 'Class')
        parent = self.find(vim.VirtualMachine, 'base')
        fields.SetField(entity=parent, key=field.key, value='Capture')
        self.addCleanup(fields.SetField, parent, field.key, '')
        clone = self.linked_clone('py-attributes')
        for value in parent.customValue:
            fields.SetField(entity=clone, key=value.key, value=value.value)
        clone.setCustomValue('Class', 'Capture, Monday')
        WaitForTask(clone.ReconfigVM_Task(vim.vm.ConfigSpec(annotation=parent.config.annotation + '\nseat 12')))
        self.assertEqual([(value.key, value.value) for value in clone.customValue], [(field.key, 'Capture, Monday')])
        self.assertEqual(clone.summary.customValue[0].value, 'Capture, Monday')
        self.assertEqual(clone.config.annotation, 'Build of the class\nseat 12')
        self.assertIn('Class', [known.name for known in clone.availableField])

    def test_a_linked_clone_of_a_linked_clone_shares_both_disks(self):
        first = self.linked_clone('py-first')
        self.snapshot(first, 'prepared')
        second = self.linked_clone('py-second', source='py-first')
        self.assertEqual(chain_of('py-second')[1:], ['[shared-1] py-first/py-first.vmdk', '[shared-1] base/base.vmdk'])
        backing, files = disk_of(second).backing, []
        while backing:
            files.append(backing.fileName)
            backing = backing.parent
        self.assertEqual(files, chain_of('py-second'))
        # The one in the middle goes; what the last one needs stays.
        WaitForTask(first.Destroy_Task())
        self.assertEqual(chain_of('py-second')[1:], ['[shared-1] py-first/py-first.vmdk', '[shared-1] base/base.vmdk'])
        WaitForTask(second.PowerOnVM_Task())

    def test_one_of_several_clones_becomes_a_full_copy(self):
        kept, other = self.linked_clone('py-full'), self.linked_clone('py-shares')
        WaitForTask(kept.PromoteDisks_Task(unlink=True))
        kept.RefreshStorageInfo()
        self.assertEqual(len(chain_of('py-full')), 1)
        self.assertGreaterEqual(kept.summary.storage.unshared, 4 * GIGABYTE)
        self.assertEqual(len(chain_of('py-shares')), 2)
        self.assertIsNotNone(disk_of(other).backing.parent)

    def test_a_class_is_rolled_back_to_how_it_was_handed_out(self):
        clone = self.linked_clone('py-rolled')
        WaitForTask(clone.PowerOnVM_Task())
        handed_out = self.snapshot(clone, 'handed out')
        handed_out.RenameSnapshot('handed out', 'before the class')
        self.snapshot(clone, 'at noon')
        WaitForTask(clone.snapshot.rootSnapshotList[0].snapshot.RevertToSnapshot_Task())
        self.assertEqual(clone.snapshot.currentSnapshot, handed_out)
        self.assertEqual(clone.runtime.powerState, 'poweredOff')
        tree = clone.snapshot.rootSnapshotList[0]
        self.assertEqual((tree.description, [child.name for child in tree.childSnapshotList]),
                         ('before the class', ['at noon']))
        WaitForTask(handed_out.RemoveSnapshot_Task(removeChildren=True))
        self.assertIsNone(clone.snapshot)
        self.assertEqual(chain_of('py-rolled')[-1], '[shared-1] base/base.vmdk')

    def test_drives_cards_and_the_boot_order_in_one_call(self):
        clone = self.linked_clone('py-hardware')
        cdrom = vim.vm.device.VirtualCdrom(
            controllerKey=200, unitNumber=0, key=-1,
            backing=vim.vm.device.VirtualCdrom.IsoBackingInfo(fileName='[shared-1] iso/class.iso'),
            connectable=vim.vm.device.VirtualDevice.ConnectInfo(startConnected=True, allowGuestControl=True,
                                                                connected=False))
        network = self.find(vim.Network, 'VM Network')
        card = vim.vm.device.VirtualVmxnet3(
            key=-2, addressType='assigned',
            backing=vim.vm.device.VirtualEthernetCard.NetworkBackingInfo(deviceName=network.name, network=network))
        boot = vim.vm.BootOptions.BootableEthernetDevice
        options = vim.vm.BootOptions(bootOrder=[vim.vm.BootOptions.BootableCdromDevice(), boot(deviceKey=4001)])
        WaitForTask(clone.ReconfigVM_Task(vim.vm.ConfigSpec(deviceChange=[add(cdrom), add(card)], bootOptions=options)))
        by_key = {device.key: device for device in clone.config.hardware.device}
        self.assertEqual((by_key[3000].deviceInfo.label, by_key[3000].backing.fileName),
                         ('CD/DVD drive 1', '[shared-1] iso/class.iso'))
        self.assertIsInstance(by_key[4001], vim.vm.device.VirtualVmxnet3)
        self.assertEqual(by_key[200].device, [3000])
        order = clone.config.bootOptions.bootOrder
        self.assertIsInstance(order[0], vim.vm.BootOptions.BootableCdromDevice)
        self.assertEqual(order[1].deviceKey, 4001)

    def test_what_a_script_wants_in_a_guest_is_refused_by_type(self):
        clone = self.linked_clone('py-inside')
        processes = self.content.guestOperationsManager.processManager
        login = vim.vm.guest.NamePasswordAuthentication(username='root', password='secret')
        with self.assertRaises(vim.fault.InvalidPowerState):
            processes.ListProcessesInGuest(clone, login)
        WaitForTask(clone.PowerOnVM_Task())
        program = vim.vm.guest.ProcessManager.ProgramSpec(programPath='/bin/true', arguments='')
        with self.assertRaises(vim.fault.InvalidGuestLogin):
            processes.StartProgramInGuest(clone, login, program)
        with self.assertRaises(vim.fault.InvalidGuestLogin):
            self.content.guestOperationsManager.fileManager.InitiateFileTransferToGuest(
                clone, login, '/tmp/a', vim.vm.guest.FileManager.FileAttributes(), 10, True)


class Specifications(LabTest):
    def test_a_specification_is_made_changed_copied_renamed_and_deleted(self):
        manager = self.content.customizationSpecManager
        name = vim.vm.customization.PrefixNameGenerator(base='seat')
        spec = vim.vm.customization.Specification(
            identity=vim.vm.customization.LinuxPrep(hostName=name, domain='lab.local'),
            globalIPSettings=vim.vm.customization.GlobalIPSettings(),
            nicSettingMap=[vim.vm.customization.AdapterMapping(
                adapter=vim.vm.customization.IPSettings(ip=vim.vm.customization.DhcpIpGenerator()))])
        info = vim.CustomizationSpecInfo(name='py-spec', description='by a script', type='Linux')
        manager.CreateCustomizationSpec(vim.CustomizationSpecItem(info=info, spec=spec))
        with self.assertRaises(vim.fault.AlreadyExists):
            manager.CreateCustomizationSpec(vim.CustomizationSpecItem(info=info, spec=spec))
        item = manager.GetCustomizationSpec('py-spec')
        item.spec.identity.domain = 'other.local'
        manager.OverwriteCustomizationSpec(item)
        with self.assertRaises(vim.fault.ConcurrentAccess):
            manager.OverwriteCustomizationSpec(item)
        self.assertEqual(manager.GetCustomizationSpec('py-spec').spec.identity.domain, 'other.local')
        manager.DuplicateCustomizationSpec('py-spec', 'py-copy')
        manager.RenameCustomizationSpec('py-copy', 'py-moved')
        names = [known.name for known in manager.info]
        self.assertIn('py-moved', names)
        self.assertNotIn('py-copy', names)
        for made in ('py-spec', 'py-moved'):
            manager.DeleteCustomizationSpec(made)
        self.assertFalse(manager.DoesCustomizationSpecExist('py-spec'))


class History(LabTest):
    def test_a_collector_walks_through_all_events_of_a_machine(self):
        clone = self.linked_clone('py-eventful')
        for number in range(7):
            WaitForTask(clone.ReconfigVM_Task(vim.vm.ConfigSpec(annotation=f'change {number}')))
        by_entity = vim.event.EventFilterSpec.ByEntity(entity=clone, recursion='self')
        collector = self.content.eventManager.CreateCollectorForEvents(vim.event.EventFilterSpec(entity=by_entity))
        self.addCleanup(collector.DestroyCollector)
        collector.SetCollectorPageSize(3)
        self.assertEqual(len(collector.latestPage), 3)
        collector.RewindCollector()
        events = []
        while page := collector.ReadNextEvents(4):
            self.assertLessEqual(len(page), 4)
            events += page
        keys = [event.key for event in events]
        self.assertEqual(keys, sorted(set(keys)))
        self.assertEqual(sum(isinstance(event, vim.event.VmReconfiguredEvent) for event in events), 7)
        WaitForTask(clone.Rename_Task('py-eventful-2'))
        new = collector.ReadNextEvents(10)
        self.assertIn('VmRenamedEvent', [type(event).__name__.split('.')[-1] for event in new])

    def test_who_did_what_in_the_last_hour(self):
        clone = self.linked_clone('py-traced')
        since = self.si.CurrentTime() - timedelta(hours=1)
        spec = vim.TaskFilterSpec(
            entity=vim.TaskFilterSpec.ByEntity(entity=clone.parent, recursion='children'),
            time=vim.TaskFilterSpec.ByTime(beginTime=since, timeType='startedTime'), state=['success'])
        WaitForTask(clone.PowerOnVM_Task())
        collector = self.content.taskManager.CreateCollectorForTasks(spec)
        self.addCleanup(collector.DestroyCollector)
        done = []
        while page := collector.ReadNextTasks(2):
            done += page
        mine = [task for task in done if task.entityName == 'py-traced']
        self.assertIn(('VirtualMachine.powerOn', 'administrator@vsphere.local'),
                      [(task.descriptionId, task.reason.userName) for task in mine])


class Surroundings(LabTest):
    def test_what_an_inventory_script_reads_of_a_host(self):
        host = self.find(vim.HostSystem, 'esx-1')
        network = host.config.network
        self.assertEqual([switch.name for switch in network.vswitch], ['vSwitch0'])
        self.assertEqual({group.spec.name for group in network.portgroup}, {'VM Network', 'Management Network'})
        self.assertEqual(network.vnic[0].device, 'vmk0')
        self.assertEqual(host.config.product.productLineId, 'embeddedEsx')
        self.assertEqual({mount.volume.name for mount in host.config.fileSystemVolume.mountInfo}, {'shared-1', 'shared-2'})
        self.assertIn('TSM-SSH', [service.key for service in host.configManager.serviceSystem.serviceInfo.service])
        self.assertLess(abs(host.configManager.dateTimeSystem.QueryDateTime() - self.si.CurrentTime()),
                        timedelta(minutes=1))

    def test_a_network_of_its_own_for_a_class(self):
        system = self.find(vim.HostSystem, 'esx-1').configManager.networkSystem
        spec = vim.host.PortGroup.Specification(name='py-class', vlanId=7, vswitchName='vSwitch0',
                                                policy=vim.host.NetworkPolicy())
        system.AddPortGroup(spec)
        self.assertEqual(self.find(vim.Network, 'py-class').summary.accessible, True)
        with self.assertRaises(vim.fault.AlreadyExists):
            system.AddPortGroup(spec)
        system.RemovePortGroup('py-class')
        self.assertNotIn('py-class', [network.name for network in self.all_of(vim.Network)])
        with self.assertRaises(vim.fault.NotFound):
            system.RemovePortGroup('py-class')

    def test_what_can_be_made(self):
        browser = self.find(vim.ClusterComputeResource, 'Lab').environmentBrowser
        self.assertIn('vmx-21', [option.key for option in browser.QueryConfigOptionDescriptor()])
        option = browser.QueryConfigOption(key='vmx-21')
        self.assertIn('ubuntu64Guest', [guest.id for guest in option.guestOSDescriptor])
        target = browser.QueryConfigTarget()
        self.assertEqual({found.name for found in target.datastore}, {'shared-1', 'shared-2'})
        self.assertEqual([found.name for found in target.network], ['VM Network'])

    def test_counters_by_name(self):
        clone = self.linked_clone('py-counted')
        manager = self.content.perfManager
        ids = {f'{counter.groupInfo.key}.{counter.nameInfo.key}.{counter.rollupType}': counter.key
               for counter in manager.perfCounter}
        metric = vim.PerformanceManager.MetricId(counterId=ids['disk.unshared.latest'], instance='')
        query = vim.PerformanceManager.QuerySpec(entity=clone, metricId=[metric], intervalId=20, maxSample=1)
        (result,) = manager.QueryPerf(querySpec=[query])
        clone.RefreshStorageInfo()
        self.assertEqual(result.value[0].value, [clone.summary.storage.unshared // 1024])
        query.metricId[0].counterId = 9999
        with self.assertRaises(vmodl.fault.InvalidArgument):
            manager.QueryPerf(querySpec=[query])

    def test_rules_keep_machines_apart(self):
        left, right = self.linked_clone('py-left'), self.linked_clone('py-right')
        cluster = self.find(vim.ClusterComputeResource, 'Lab')
        rule = vim.cluster.AntiAffinityRuleSpec(name='py-apart', enabled=True, vm=[left, right])
        change = vim.cluster.RuleSpec(operation='add', info=rule)
        WaitForTask(cluster.ReconfigureComputeResource_Task(vim.cluster.ConfigSpecEx(rulesSpec=[change]), modify=True))
        (made,) = cluster.FindRulesForVm(left)
        self.assertEqual((made.name, made.vm), ('py-apart', [left, right]))
        gone = vim.cluster.RuleSpec(operation='remove', removeKey=made.key)
        WaitForTask(cluster.ReconfigureComputeResource_Task(vim.cluster.ConfigSpecEx(rulesSpec=[gone]), modify=True))
        self.assertEqual(cluster.configurationEx.rule, [])

    def test_a_disk_without_a_machine(self):
        manager = self.content.virtualDiskManager
        datacenter = self.find(vim.Datacenter, 'DC0')
        self.content.fileManager.MakeDirectory('[shared-1] py-disks', datacenter, True)
        self.addCleanup(lambda: WaitForTask(self.content.fileManager.DeleteDatastoreFile_Task('[shared-1] py-disks',
                                                                                              datacenter)))
        spec = vim.VirtualDiskManager.FileBackedVirtualDiskSpec(diskType='thin', adapterType='lsiLogic',
                                                                capacityKb=1024 ** 2)
        name = '[shared-1] py-disks/data.vmdk'
        WaitForTask(manager.CreateVirtualDisk_Task(name, datacenter, spec))
        self.assertRegex(manager.QueryVirtualDiskUuid(name, datacenter), r'^([0-9a-f]{2}[ -]){15}[0-9a-f]{2}$')
        with self.assertRaises(vim.fault.FileAlreadyExists):
            WaitForTask(manager.CreateVirtualDisk_Task(name, datacenter, spec))
        WaitForTask(manager.DeleteVirtualDisk_Task(name, datacenter))
        with self.assertRaises(vim.fault.FileNotFound):
            manager.QueryVirtualDiskUuid(name, datacenter)
