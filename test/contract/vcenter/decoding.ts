// Strict reading: what a vCenter's decoder refuses, and references that lead nowhere.
import { expect } from '@jest/globals';
import { api, issue } from './support/sources.ts';
import { common, deviates, room, vcenterOnly } from './support/expectation.ts';
import type { Expectation } from './support/expectation.ts';
import { cloneArgs, machine } from './support/machines.ts';
import { SERVICE } from './support/target.ts';
import { el, ref } from './support/wire.ts';

const CLONE_SPEC = '<location/><template>false</template><powerOn>false</powerOn>';
const RBVMOMI = issue('vmware/rbvmomi#132: InvalidRequest, Unexpected element tag … while parsing …');
const LENIENT = 'its decoder skips what it does not know, and takes any order';

/** What stands between <CloneVM_Task> and its end, with FOLDER and NAME to be filled in. */
const REFUSED: Readonly<Record<string, readonly [string, string]>> = {
  'an unknown element': [
    `FOLDER NAME<colour>red</colour><spec>${CLONE_SPEC}</spec>`,
    'Unexpected element tag "colour"',
  ],
  'an unknown element of a data object': [
    `FOLDER NAME<spec><location><colour>red</colour></location><template>false</template><powerOn>false</powerOn></spec>`,
    'Unexpected element tag "colour"',
  ],
  'parameters in another order': [`NAME FOLDER<spec>${CLONE_SPEC}</spec>`, 'Unexpected element tag "folder"'],
  'properties in another order': [
    `FOLDER NAME<spec><template>false</template><location/><powerOn>false</powerOn></spec>`,
    'Unexpected element tag "location"',
  ],
  'a missing property': [`FOLDER NAME<spec><location/><template>false</template></spec>`, 'powerOn'],
  'a parameter given twice': [`FOLDER NAME NAME<spec>${CLONE_SPEC}</spec>`, 'Unexpected element tag "name"'],
  'an element of another namespace': [
    `FOLDER NAME<spec><location/><template>false</template><powerOn xmlns="urn:other">false</powerOn></spec>`,
    'Unexpected element tag "powerOn"',
  ],
};

const refused: readonly Expectation[] = Object.entries(REFUSED).map(([what, [body, words]]) =>
  deviates(`refuses ${what}`, LENIENT, RBVMOMI, async (target) => {
    const vm = await target.path('/DC0/vm/DC0_C0_RP0_VM1');
    const args = body
      .replace('FOLDER', ref('folder', await target.path('/DC0/vm')))
      .replaceAll('NAME', el('name', target.name('refused')));
    const reply = await target.call('CloneVM_Task', vm, args);
    expect([reply.status, reply.fault]).toEqual([500, 'InvalidRequest']);
    expect(reply.message).toContain(words);
    expect(reply.message).toContain('while parsing');
  }),
);

/** Values that aren't of their type, in CreateSnapshot_Task: `memory` is a boolean. */
const MISTYPED: readonly (readonly [string, string])[] = [
  ['a boolean "yes"', 'yes'],
  ['a boolean "True"', 'True'],
  ['an empty boolean', ''],
  ['an element in a boolean', '<b>true</b>'],
];

const mistyped: readonly Expectation[] = MISTYPED.map(([what, memory]) =>
  vcenterOnly(`refuses ${what}`, api('xsd:boolean is true, false, 1 or 0'), async (target) => {
    const vm = await target.path('/DC0/vm/DC0_C0_RP0_VM1');
    const args = el('name', 's') + el('memory', memory) + el('quiesce', false);
    const reply = await target.call('CreateSnapshot_Task', vm, args);
    expect([reply.status, reply.fault]).toEqual([500, 'InvalidRequest']);
  }),
);

export const decodingRoom = room(
  'decoding faults',
  ...refused,
  ...mistyped,
  vcenterOnly('refuses a number that is none', api('ConfigSpec.numCPUs is an xsd:int'), async (target) => {
    const vm = await target.path('/DC0/vm/DC0_C0_RP0_VM1');
    for (const numCPUs of ['two', '1.0', '2147483648'])
      expect((await target.call('ReconfigVM_Task', vm, el('spec', el('numCPUs', numCPUs)))).fault).toBe(
        'InvalidRequest',
      );
  }),
  vcenterOnly(
    'refuses an xsi:type that doesn’t extend what is declared',
    api('XML schema: derived types'),
    async (target) => {
      const vm = await target.path('/DC0/vm/DC0_C0_RP0_VM1');
      const change =
        '<deviceChange><operation>add</operation><device xsi:type="OptionValue"><key>k</key></device></deviceChange>';
      expect((await target.call('ReconfigVM_Task', vm, el('spec', change))).fault).toBe('InvalidRequest');
    },
  ),
  vcenterOnly(
    'refuses a value that the enumeration doesn’t have',
    api('TaskFilterSpec.state: TaskInfoState'),
    async (target) => {
      const filter = '<filter><state>finished</state></filter>';
      const reply = await target.call('CreateCollectorForTasks', target.manager('taskManager'), filter);
      expect(reply.fault).toBe('InvalidRequest');
    },
  ),
  common('a method that no version has isn’t answered with a result', async (target) => {
    const reply = await target.call('LevitateVM_Task', await target.path('/DC0/vm/DC0_C0_RP0_VM1'));
    expect(reply.status).toBe(500);
  }),
  common('a method of another type is MethodNotFound', async (target) => {
    const reply = await target.call('PowerOnVM_Task', target.manager('rootFolder'));
    expect([reply.status, reply.fault]).toEqual([500, 'MethodNotFound']);
  }),
  common('MethodNotFound names receiver and method', async (target) => {
    const folder = target.manager('rootFolder');
    const { detail } = await target.call('PowerOnVM_Task', folder);
    expect(detail?.get('receiver')?.text).toBe(folder.value);
    expect(detail?.at('method')).toMatch(/PowerOnVM_Task/);
  }),
  common('an object that isn’t there is ManagedObjectNotFound', async (target) => {
    const reply = await target.call('PowerOnVM_Task', { type: 'VirtualMachine', value: 'vm-999999' });
    expect([reply.status, reply.fault]).toEqual([500, 'ManagedObjectNotFound']);
  }),
  common('ManagedObjectNotFound names the object', async (target) => {
    const { detail } = await target.call('PowerOnVM_Task', { type: 'VirtualMachine', value: 'vm-999999' });
    expect([detail?.get('obj')?.refType, detail?.at('obj')]).toEqual(['VirtualMachine', 'vm-999999']);
  }),
  common('an object that was destroyed is ManagedObjectNotFound', async (target) => {
    const vm = await machine(target);
    await target.done('Destroy_Task', vm);
    expect(await target.fault('PowerOnVM_Task', vm)).toBe('ManagedObjectNotFound');
  }),
  common('a folder that isn’t there is ManagedObjectNotFound', async (target) => {
    const nobody = { type: 'Folder', value: 'group-v99999' };
    expect(await target.fault('CreateFolder', nobody, el('name', 'x'))).toBe('ManagedObjectNotFound');
  }),
  ...['datastore', 'pool', 'host'].map((field) =>
    vcenterOnly(
      `a clone to a ${field} that isn’t there is ManagedObjectNotFound`,
      api('ManagedObjectNotFound: the reference names an object that has been deleted or never existed'),
      async (target) => {
        const type = { datastore: 'Datastore', pool: 'ResourcePool', host: 'HostSystem' }[field] ?? '';
        const args = await cloneArgs(target, { location: ref(field, { type, value: 'none-1' }) });
        const reply = await target.call('CloneVM_Task', await target.path('/DC0/vm/DC0_C0_RP0_VM1'), args);
        expect([reply.status, reply.fault, reply.detail?.at('obj')]).toEqual([500, 'ManagedObjectNotFound', 'none-1']);
      },
    ),
  ),
  deviates(
    'a clone into a folder that isn’t there is ManagedObjectNotFound',
    'a RuntimeFault: Invalid folder',
    api('ManagedObjectNotFound: a request refers to a managed object that no longer exists or has never existed'),
    async (target) => {
      const args = await cloneArgs(target, { folder: { type: 'Folder', value: 'group-v99999' } });
      const fault = await target.fault('CloneVM_Task', await target.path('/DC0/vm/DC0_C0_RP0_VM1'), args);
      expect(fault).toBe('ManagedObjectNotFound');
    },
  ),
  common('text that is no XML is InvalidRequest', async (target) => {
    const reply = await target.wire.post('hello');
    expect([reply.status, reply.fault]).toEqual([500, 'InvalidRequest']);
  }),
  vcenterOnly('an entity declaration is refused', api('InvalidRequest: malformed request'), async (target) => {
    const reply = await target.wire.post('<!DOCTYPE x [<!ENTITY e "e">]><x>&e;</x>');
    expect([reply.status, reply.fault]).toEqual([500, 'InvalidRequest']);
  }),
  common('a fault is a SOAP fault with its type in the detail', async (target) => {
    const { text } = await target.call('PowerOnVM_Task', { type: 'VirtualMachine', value: 'vm-999999' });
    expect(text).toMatch(/<faultcode>/);
    expect(text).toMatch(/<faultstring/);
    expect(text).toMatch(/ManagedObjectNotFoundFault|ManagedObjectNotFound/);
  }),
  common('a service that is fine goes on after all of that', async (target) => {
    expect((await target.must('CurrentTime', SERVICE)).values).toHaveLength(1);
  }),
);
