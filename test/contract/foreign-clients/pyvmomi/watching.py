"""WaitForUpdatesEx as programs use it that keep a copy of the inventory."""
import threading

from pyVim.task import WaitForTask
from pyVmomi import vim, vmodl

from lab import LabTest, admin

Query = vmodl.query.PropertyCollector


class Watching(LabTest):
    def watch_machines(self, paths):
        """A collector with a filter on every machine, also those to come."""
        collector = self.content.propertyCollector.CreatePropertyCollector()
        self.addCleanup(collector.DestroyPropertyCollector)
        view = self.content.viewManager.CreateContainerView(self.content.rootFolder, [vim.VirtualMachine], True)
        self.addCleanup(view.Destroy)
        members = Query.TraversalSpec(name='members', type=vim.view.ContainerView, path='view', skip=False)
        spec = Query.FilterSpec(objectSet=[Query.ObjectSpec(obj=view, skip=True, selectSet=[members])],
                                propSet=[Query.PropertySpec(type=vim.VirtualMachine, pathSet=paths, all=False)])
        collector.CreateFilter(spec, partialUpdates=False)
        return collector

    def test_a_copy_that_follows_the_updates_is_what_a_fresh_read_gives(self):
        collector = self.watch_machines(['name', 'runtime.powerState', 'config.annotation'])
        copy, version = {}, ''

        def follow():
            nonlocal version
            while True:
                updates = collector.WaitForUpdatesEx(version, Query.WaitOptions(maxWaitSeconds=1))
                if updates is None:
                    return
                version = updates.version
                for filter_set in updates.filterSet:
                    for update in filter_set.objectSet:
                        if update.kind == 'leave':
                            del copy[update.obj]
                            continue
                        if update.kind == 'enter':
                            copy[update.obj] = {}
                        for change in update.changeSet:
                            copy[update.obj][change.name] = change.val

        follow()
        self.assertIn('base', [values['name'] for values in copy.values()])
        clone = self.linked_clone('py-followed')
        WaitForTask(clone.ReconfigVM_Task(vim.vm.ConfigSpec(annotation='changed')))
        WaitForTask(clone.PowerOnVM_Task())
        gone = self.linked_clone('py-goes')
        follow()
        self.assertEqual(copy[clone]['config.annotation'], 'changed')
        WaitForTask(gone.Destroy_Task())
        follow()
        fresh = {vm: {'name': vm.name, 'runtime.powerState': vm.runtime.powerState,
                      'config.annotation': vm.config.annotation} for vm in self.all_of(vim.VirtualMachine)}
        self.assertEqual(copy, fresh)

    def test_a_reply_that_is_lost_is_asked_for_again(self):
        collector = self.watch_machines(['name'])
        first = collector.WaitForUpdatesEx('', Query.WaitOptions(maxWaitSeconds=10))
        clone = self.linked_clone('py-lost-reply')
        admin('POST', '/v1/faults', {'match': {'method': 'WaitForUpdatesEx'}, 'action': {'reset': 'after'}, 'times': 1})
        with self.assertRaises(OSError):
            collector.WaitForUpdatesEx(first.version, Query.WaitOptions(maxWaitSeconds=10))
        once = collector.WaitForUpdatesEx(first.version, Query.WaitOptions(maxWaitSeconds=10))
        self.assertEqual([update.obj for update in once.filterSet[0].objectSet], [clone])
        again = collector.WaitForUpdatesEx(first.version, Query.WaitOptions(maxWaitSeconds=10))
        self.assertEqual([update.obj for update in again.filterSet[0].objectSet], [clone])
        self.assertIsNone(collector.WaitForUpdatesEx(again.version, Query.WaitOptions(maxWaitSeconds=0)))

    def test_a_version_that_never_was_is_refused(self):
        collector = self.watch_machines(['name'])
        with self.assertRaises(vmodl.query.InvalidCollectorVersion):
            collector.WaitForUpdatesEx('12345', Query.WaitOptions(maxWaitSeconds=0))

    def test_a_limit_of_objects_truncates_and_goes_on(self):
        for number in (1, 2, 3):
            self.linked_clone(f'py-page-{number}')
        expected = {vm._moId for vm in self.all_of(vim.VirtualMachine)}
        collector = self.watch_machines(['name'])
        seen, version, truncated = set(), '', True
        while truncated:
            updates = collector.WaitForUpdatesEx(version, Query.WaitOptions(maxWaitSeconds=10, maxObjectUpdates=2))
            objects = [update.obj._moId for filter_set in updates.filterSet for update in filter_set.objectSet]
            self.assertLessEqual(len(objects), 2)
            self.assertFalse(seen & set(objects))
            seen.update(objects)
            version, truncated = updates.version, bool(updates.truncated)
        self.assertEqual(seen, expected)

    def test_a_waiting_call_is_cancelled(self):
        collector = self.watch_machines(['name'])
        version = collector.WaitForUpdatesEx('', Query.WaitOptions(maxWaitSeconds=10)).version
        calls = admin('GET', '/v1/stats')['calls']['WaitForUpdatesEx']
        outcome = []

        def wait():
            try:
                outcome.append(collector.WaitForUpdatesEx(version, Query.WaitOptions()))
            except vmodl.fault.RequestCanceled as canceled:
                outcome.append(canceled)

        waiting = threading.Thread(target=wait)
        waiting.start()
        while admin('GET', '/v1/stats')['calls']['WaitForUpdatesEx'] == calls:
            pass
        collector.CancelWaitForUpdates()
        waiting.join(timeout=30)
        self.assertFalse(waiting.is_alive())
        self.assertIsInstance(outcome[0], vmodl.fault.RequestCanceled)

    def test_pages_of_a_retrieval(self):
        for number in (1, 2, 3):
            self.linked_clone(f'py-read-{number}')
        view = self.content.viewManager.CreateContainerView(self.content.rootFolder, [vim.VirtualMachine], True)
        self.addCleanup(view.Destroy)
        members = Query.TraversalSpec(name='members', type=vim.view.ContainerView, path='view', skip=False)
        spec = Query.FilterSpec(objectSet=[Query.ObjectSpec(obj=view, skip=True, selectSet=[members])],
                                propSet=[Query.PropertySpec(type=vim.VirtualMachine, pathSet=['name'])])
        page = self.content.propertyCollector.RetrievePropertiesEx([spec], Query.RetrieveOptions(maxObjects=2))
        names = [found.propSet[0].val for found in page.objects]
        while page.token:
            page = self.content.propertyCollector.ContinueRetrievePropertiesEx(page.token)
            names += [found.propSet[0].val for found in page.objects]
        self.assertEqual(sorted(names), sorted(vm.name for vm in self.all_of(vim.VirtualMachine)))
