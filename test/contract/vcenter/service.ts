// The service instance, its content, the versions that are served, and HTTP around them.
import { expect } from '@jest/globals';
import { issue, guide } from './support/sources.ts';
import { common, deviates, room, vcenterOnly } from './support/expectation.ts';
import type { Expectation } from './support/expectation.ts';
import { SERVICE } from './support/target.ts';
import { filterOf } from './support/watching.ts';
import { el, ref } from './support/wire.ts';

const MANAGERS: Readonly<Record<string, string>> = {
  rootFolder: 'Folder',
  propertyCollector: 'PropertyCollector',
  viewManager: 'ViewManager',
  sessionManager: 'SessionManager',
  searchIndex: 'SearchIndex',
  taskManager: 'TaskManager',
  eventManager: 'EventManager',
  customFieldsManager: 'CustomFieldsManager',
  customizationSpecManager: 'CustomizationSpecManager',
  authorizationManager: 'AuthorizationManager',
  fileManager: 'FileManager',
  setting: 'OptionManager',
  userDirectory: 'UserDirectory',
};

const managers: readonly Expectation[] = Object.entries(MANAGERS).map(([field, type]) =>
  common(`service content has ${field}, a ${type}`, async (target) => {
    const [content] = (await target.must('RetrieveServiceContent', SERVICE)).values;
    expect(content?.get(field)?.refType).toBe(type);
  }),
);

const ABOUT = ['name', 'fullName', 'vendor', 'version', 'build', 'osType', 'apiType', 'apiVersion'];
const about: readonly Expectation[] = ABOUT.map((field) =>
  common(`about.${field} isn't empty`, async (target) => {
    expect(target.content.at('about', field)).toMatch(/\S/);
  }),
);

export const serviceRoom = room(
  'service content and versions',
  ...managers,
  ...about,
  common('is a vCenter, not a host', async (target) => {
    expect(target.content.at('about', 'apiType')).toBe('VirtualCenter');
  }),
  common('tells its content before login', async (target) => {
    const wire = await target.stranger();
    const [content] = (await wire.must('RetrieveServiceContent', SERVICE)).values;
    expect(content?.xsiType ?? 'ServiceContent').toBe('ServiceContent');
    expect(content?.get('rootFolder')?.text).toBe(target.content.at('rootFolder'));
  }),
  common('shows the same content as a property', async (target) => {
    const content = await target.value(SERVICE, 'content');
    expect(content?.at('about', 'instanceUuid')).toBe(target.content.at('about', 'instanceUuid'));
    expect(content?.xsiType).toBe('ServiceContent');
  }),
  common('has an instanceUuid', async (target) => {
    expect(target.content.at('about', 'instanceUuid')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  }),
  common('CurrentTime is a dateTime in UTC', async (target) => {
    const [time] = (await target.must('CurrentTime', SERVICE)).values;
    expect(time?.text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  }),
  common('lists versions in vimServiceVersions.xml', async (target) => {
    const { status, text } = await target.wire.get('/sdk/vimServiceVersions.xml');
    expect(status).toBe(200);
    expect(text).toMatch(/<name>urn:vim25<\/name>\s*<version>[\d.]+<\/version>/);
  }),
  common('names the reply after the method', async (target) => {
    const { text } = await target.must('CurrentTime', SERVICE);
    expect(text).toMatch(/<CurrentTimeResponse[ >]/);
  }),
  common('answers with XML', async (target) => {
    const { headers } = await target.must('CurrentTime', SERVICE);
    expect(String(headers['content-type'])).toMatch(/^text\/xml/);
  }),
  ...['urn:vim25/6.7', 'urn:vim25/7.0.3.0', 'urn:vim25/8.0.3.0', '"urn:vim25/8.0.1.0"', 'urn:vim25'].map((soapaction) =>
    common(`serves SOAPAction ${soapaction}`, async (target) => {
      const body = `<CurrentTime xmlns="urn:vim25">${ref('_this', SERVICE)}</CurrentTime>`;
      expect((await target.wire.envelope(body, { soapaction })).status).toBe(200);
    }),
  ),
  deviates(
    'refuses a version that it does not speak',
    'it looks at no version',
    guide('Identifying the API Versions: a client must use a version that the server lists'),
    async (target) => {
      const body = `<CurrentTime xmlns="urn:vim25">${ref('_this', SERVICE)}</CurrentTime>`;
      const reply = await target.wire.envelope(body, { soapaction: 'urn:vim25/3.9' });
      expect([reply.status, reply.fault]).toEqual([500, 'InvalidRequest']);
    },
  ),
  common('accepts any prefix for vim25', async (target) => {
    const call = `<v:CurrentTime xmlns:v="urn:vim25"><v:_this type="ServiceInstance">ServiceInstance</v:_this></v:CurrentTime>`;
    expect((await target.wire.envelope(call)).values).toHaveLength(1);
  }),
  vcenterOnly(
    'compresses replies for those who ask',
    issue(
      'vmware/pyvmomi, pyVmomi/SoapAdapter.py: every request says Accept-Encoding gzip, and replies are decompressed',
    ),
    async (target) => {
      const spec = filterOf(await target.path('/DC0/vm/DC0_C0_RP0_VM0'), ['config', 'summary']);
      const call = `<RetrieveProperties xmlns="urn:vim25">${ref('_this', target.collector)}${el('specSet', spec)}</RetrieveProperties>`;
      const { headers } = await target.wire.envelope(call, { 'accept-encoding': 'gzip' });
      expect(headers['content-encoding']).toBe('gzip');
    },
  ),
);
