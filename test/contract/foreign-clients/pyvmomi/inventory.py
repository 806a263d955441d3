"""Views, folders, names, custom fields, events, tasks and snapshot trees."""
from datetime import timedelta

from pyVim.task import WaitForTask, WaitForTasks
from pyVmomi import vim

from lab import LabTest, truth


class Inventory(LabTest):
    def test_a_container_view_follows_the_inventory(self):
        view = self.content.viewManager.CreateContainerView(self.find(vim.Folder, 'Labs'), [vim.VirtualMachine], True)
        self.addCleanup(view.Destroy)
        before = set(view.view)
        clone = self.linked_clone('py-viewed')
        self.assertEqual(set(view.view) - before, {clone})

    def test_search_index_finds_by_path_uuid_address_and_name(self):
        clone = self.linked_clone('py-sought', power_on=True)
        index = self.content.searchIndex
        self.assertEqual(index.FindByInventoryPath('DC0/vm/Labs/py-sought'), clone)
        self.assertEqual(index.FindByUuid(None, clone.config.instanceUuid, True, True), clone)
        self.assertEqual(index.FindByUuid(None, clone.config.uuid, True, False), clone)
        self.assertEqual(index.FindChild(self.find(vim.Folder, 'Labs'), 'py-sought'), clone)
        self.assertIsNone(index.FindByInventoryPath('DC0/vm/Labs/nothing'))

    def test_moves_and_renames(self):
        clone = self.linked_clone('py-moving')
        labs = self.find(vim.Folder, 'Labs')
        folder = labs.CreateFolder('py-class')
        self.addCleanup(lambda: WaitForTask(folder.Destroy_Task()))
        with self.assertRaises(vim.fault.DuplicateName):
            labs.CreateFolder('py-class')
        WaitForTask(folder.MoveIntoFolder_Task([clone]))
        self.assertEqual((clone.parent, truth('py-moving')['folder']), (folder, '/DC0/vm/Labs/py-class'))
        WaitForTask(clone.Rename_Task('py-moved'))
        self.assertEqual([clone.name, clone.config.name, folder.childEntity[0].name], ['py-moved'] * 3)
        WaitForTask(labs.MoveIntoFolder_Task([clone]))

    def test_custom_fields_are_defined_set_and_read(self):
        manager = self.content.customFieldsManager
        field = manager.AddCustomFieldDef(name='py-owner', moType=vim.VirtualMachine)
        self.addCleanup(manager.RemoveCustomFieldDef, field.key)
        with self.assertRaises(vim.fault.DuplicateName):
            manager.AddCustomFieldDef(name='py-owner', moType=vim.VirtualMachine)
        clone = self.linked_clone('py-owned')
        manager.SetField(clone, field.key, 'the lab team')
        clone.setCustomValue('Class', 'A')
        names = {definition.key: definition.name for definition in manager.field}
        values = {names[value.key]: value.value for value in clone.customValue}
        self.assertEqual(values, {'py-owner': 'the lab team', 'Class': 'A'})
        self.assertIn('py-owner', [definition.name for definition in clone.availableField])

    def test_a_snapshot_tree_is_walked_reverted_and_cut(self):
        vm = self.linked_clone('py-tree')

        def take(name):
            WaitForTask(vm.CreateSnapshot_Task(name=name, description=f'as {name}', memory=False, quiesce=False))

        def walk(nodes, depth=0):
            for node in nodes:
                yield depth, node.name
                yield from walk(node.childSnapshotList, depth + 1)

        take('one')
        take('two')
        one = vm.snapshot.rootSnapshotList[0]
        WaitForTask(one.snapshot.RevertToSnapshot_Task())
        take('three')
        self.assertEqual(list(walk(vm.snapshot.rootSnapshotList)), [(0, 'one'), (1, 'two'), (1, 'three')])
        three = vm.snapshot.rootSnapshotList[0].childSnapshotList[1]
        self.assertEqual((vm.snapshot.currentSnapshot, three.description), (three.snapshot, 'as three'))
        WaitForTask(one.snapshot.RemoveSnapshot_Task(removeChildren=False))
        self.assertEqual(list(walk(vm.snapshot.rootSnapshotList)), [(0, 'two'), (0, 'three')])
        WaitForTask(vm.RemoveAllSnapshots_Task())
        self.assertIsNone(vm.snapshot)

    def test_events_tell_the_life_of_a_machine(self):
        clone = self.linked_clone('py-eventful')
        WaitForTask(clone.PowerOnVM_Task())
        WaitForTask(clone.PowerOffVM_Task())
        by_entity = vim.event.EventFilterSpec.ByEntity(entity=clone, recursion='self')
        events = self.content.eventManager.QueryEvents(vim.event.EventFilterSpec(entity=by_entity))
        kinds = [type(event).__name__.rsplit('.', 1)[-1] for event in sorted(events, key=lambda event: event.key)]
        for kind in ('VmClonedEvent', 'VmPoweredOnEvent', 'VmPoweredOffEvent'):
            self.assertIn(kind, kinds)
        cloned = next(event for event in events if isinstance(event, vim.event.VmClonedEvent))
        self.assertEqual((cloned.sourceVm.name, cloned.vm.vm, cloned.userName),
                         ('base', clone, self.content.sessionManager.currentSession.userName))

    def test_an_event_collector_reads_pages(self):
        clone = self.linked_clone('py-paged')
        since = self.si.CurrentTime() - timedelta(hours=1)
        time = vim.event.EventFilterSpec.ByTime(beginTime=since)
        by_entity = vim.event.EventFilterSpec.ByEntity(entity=clone, recursion='self')
        collector = self.content.eventManager.CreateCollectorForEvents(
            vim.event.EventFilterSpec(entity=by_entity, time=time))
        self.addCleanup(collector.DestroyCollector)
        collector.SetCollectorPageSize(10)
        self.assertIn(vim.event.VmClonedEvent, [type(event) for event in collector.latestPage])

    def test_many_tasks_are_waited_for_together(self):
        clones = [self.linked_clone(f'py-many-{number}') for number in (1, 2, 3)]
        WaitForTasks([clone.PowerOnVM_Task() for clone in clones], si=self.si)
        self.assertEqual([clone.runtime.powerState for clone in clones], ['poweredOn'] * 3)
        recent = [task.info for task in self.content.taskManager.recentTask]
        mine = [info for info in recent if info.entityName.startswith('py-many-') and info.descriptionId == 'VirtualMachine.powerOn']
        self.assertEqual([info.state for info in mine], ['success'] * 3)

    def test_files_are_searched_on_the_datastore(self):
        self.linked_clone('py-files')
        datastore = self.find(vim.Datastore, 'shared-1')
        spec = vim.host.DatastoreBrowser.SearchSpec(
            matchPattern=['*.vmdk'], details=vim.host.DatastoreBrowser.FileInfo.Details(
                fileSize=True, fileType=True, fileOwner=False, modification=True))
        task = datastore.browser.SearchDatastore_Task('[shared-1] py-files', spec)
        WaitForTask(task)
        self.assertEqual([file.path for file in task.info.result.file], ['py-files.vmdk'])
        self.assertLess(datastore.summary.freeSpace, datastore.summary.capacity)
