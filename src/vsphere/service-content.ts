// What a server says about itself before anybody logs in, and where its managers are.
import type { MoRef } from './mo-ref.ts';

export interface AboutInfo {
  readonly name: string;
  readonly fullName: string;
  readonly version: string;
  readonly build: string;
  /** `VirtualCenter`, or `HostAgent` for a single ESXi host. */
  readonly apiType: string;
  readonly apiVersion: string;
  /** Identity of the vCenter, for its whole life; '' where the server gives none (an ESXi host). */
  readonly instanceUuid: string;
}

/** References to the root folder and the managers; a vCenter has all of those that we use. */
export interface ServiceContent {
  readonly rootFolder: MoRef;
  readonly propertyCollector: MoRef;
  readonly sessionManager: MoRef;
  readonly viewManager: MoRef;
  readonly searchIndex: MoRef;
  readonly taskManager?: MoRef;
  readonly eventManager?: MoRef;
  readonly customFieldsManager?: MoRef;
  readonly customizationSpecManager?: MoRef;
  readonly authorizationManager?: MoRef;
}

/** The answer to RetrieveServiceContent. */
export interface ServiceInfo {
  readonly about: AboutInfo;
  readonly content: ServiceContent;
}

/** Where every conversation starts. */
export const SERVICE_INSTANCE: MoRef = { type: 'ServiceInstance', value: 'ServiceInstance' };

/** Splits the decoded ServiceContent; undefined where the server lacks a manager that every vCenter has. */
export function toServiceInfo(value: unknown): ServiceInfo | undefined {
  const { about, ...content } = value as { about: Partial<AboutInfo> } & Partial<ServiceContent>;
  const { rootFolder, propertyCollector, sessionManager, viewManager, searchIndex } = content;
  if (rootFolder === undefined || propertyCollector === undefined || sessionManager === undefined) return undefined;
  if (viewManager === undefined || searchIndex === undefined) return undefined;
  const {
    name = '',
    fullName = '',
    version = '',
    build = '',
    apiType = '',
    apiVersion = '',
    instanceUuid = '',
  } = about;
  return {
    about: { name, fullName, version, build, apiType, apiVersion, instanceUuid },
    content: { ...content, rootFolder, propertyCollector, sessionManager, viewManager, searchIndex },
  };
}
