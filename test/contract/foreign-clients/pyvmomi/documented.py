"""The example of docs/simulator.md does what the page says."""
import contextlib
import io
import os
import re

from pyVmomi import vim

from lab import ADDRESS, LabTest, truth


class Documented(LabTest):
    def test_the_page_makes_a_linked_clone(self):
        with open(os.environ['SIMULATOR_PAGE'], encoding='utf-8') as page:
            (example,) = re.findall(r'```python\n(.*?)```', page.read(), re.DOTALL)
        self.assertIn('port=43617', example)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(example.replace('port=43617', f'port={ADDRESS.port}'), {})
        self.addCleanup(self.destroy, self.find(vim.VirtualMachine, 'clone-2'))
        chain = [file['file'] for file in truth('clone-2')['disks'][0]['chain']]
        self.assertEqual(said.getvalue().split('\n')[-2], f'clone-2 poweredOn {chain[1]}')
