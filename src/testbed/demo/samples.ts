// The objects of deploy/samples/, with the simulated vCenter's address, certificate and account in the places that the
// files leave open. Its numbered files are applied in their order; what else is in the folder isn't for Kubernetes.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { repositoryPath } from '../repository.ts';

export interface SampleObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  spec?: Record<string, unknown>;
  stringData?: Record<string, string>;
}

export interface VCenterAccount {
  /** https://host:port/sdk */
  url: string;
  /** SHA-256 of the certificate. */
  thumbprint: string;
  username: string;
  password: string;
}

export const SAMPLES = repositoryPath('deploy/samples');
/** The simulated vCenter that the samples are about. */
export const SAMPLE_INVENTORY = repositoryPath('deploy/simulator/inventory.yaml');

const FILE = /^\d+-.*\.yaml$/;

/** The objects file by file. Rejects when a document can't be parsed. */
export async function readSamples(vCenter: VCenterAccount, directory = SAMPLES): Promise<SampleObject[][]> {
  const files = (await readdir(directory)).filter((name) => FILE.test(name)).toSorted();
  const texts = await Promise.all(files.map((name) => readFile(join(directory, name), 'utf8')));
  return texts.map((text) =>
    parseAllDocuments(text).map((document) => {
      const [error] = document.errors;
      if (error !== undefined) throw error;
      return fillIn(document.toJS() as SampleObject, vCenter);
    }),
  );
}

function fillIn(object: SampleObject, { url, thumbprint, username, password }: VCenterAccount): SampleObject {
  if (object.kind === 'Secret') return { ...object, stringData: { ...object.stringData, username, password } };
  if (object.kind !== 'VCenter') return object;
  return { ...object, spec: { ...object.spec, server: new URL(url).host, tls: { thumbprint } } };
}
