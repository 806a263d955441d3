// Which reads of a vCenter are a scan for orphans, and which of them say that one was found.
import { expect, it } from '@jest/globals';
import { Scans } from '../../campaigns/harness/scans.ts';
import { callOf } from '../../campaigns/harness/vcenter-proxy.ts';

const OWNER = 'config.extraConfig["linkedclone.dev/owner"].value';
const OF_ALL = ['name', 'parent', 'config.instanceUuid', OWNER];
const ALL = '<path>view</path>';

function bodyOf(id: string, paths: readonly string[], objects: string): string {
  const set = paths.map((path) => `<pathSet>${path}</pathSet>`).join('');
  return (
    `<soapenv:Envelope><soapenv:Header><operationID xmlns="urn:vim25">${id}</operationID></soapenv:Header><soapenv:Body>` +
    `<RetrievePropertiesEx xmlns="urn:vim25"><_this type="PropertyCollector">pc</_this>${set}${objects}` +
    '</RetrievePropertiesEx></soapenv:Body></soapenv:Envelope>'
  );
}

function reads(scans: Scans, id: string, paths: readonly string[], objects: string): (() => void) | undefined {
  const body = bodyOf(id, paths, objects);
  return scans.read(callOf(body), body);
}

const machines = (...moRefs: readonly string[]): string =>
  moRefs.map((moRef) => `<objectSet><obj type="VirtualMachine">${moRef}</obj></objectSet>`).join('');

it('a scan begins with whose all machines are, ends with the answer, and looks again at what it found', () => {
  const scans = new Scans();
  expect(reads(scans, '1', [...OF_ALL, 'config.hardware.device'], ALL)).toBeUndefined();
  reads(scans, '2', ['config.instanceUuid', OWNER], machines('vm-1')); // of no scan
  expect(scans.all).toEqual([]);
  const began = Date.now();
  const answered = reads(scans, '3', OF_ALL, ALL);
  answered?.();
  reads(scans, '4', ['config.instanceUuid', OWNER], machines('vm-1', 'vm-2'));
  reads(scans, '5', ['name', 'config.instanceUuid', OWNER], machines('vm-3'));
  const [scan, other] = scans.all;
  expect(other).toBeUndefined();
  expect(scan?.from).toBeGreaterThanOrEqual(began);
  expect(scan?.to).toBeGreaterThanOrEqual(scan?.from ?? Number.POSITIVE_INFINITY);
  expect([...(scan?.foundAt.keys() ?? [])]).toEqual(['vm-1', 'vm-2']);
});

it('a read that is sent again is of the same scan', () => {
  const scans = new Scans();
  for (const id of ['1', '1', '2']) reads(scans, id, OF_ALL, ALL);
  expect(scans.all).toHaveLength(2);
});
