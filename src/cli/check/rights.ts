// Whether the API server grants what the operator's roles say: one SelfSubjectAccessReview for each verb, resource, name and
// namespace. Anybody who is logged in may ask that about himself.
import type { KubeObject, Resource } from '../../kube/objects.ts';
import type { RestClient } from '../../kube/rest.ts';

/** As in a Role. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** Rules that are to hold in one namespace; empty: in the whole cluster. */
export interface ScopedRules {
  readonly namespace: string;
  readonly rules: readonly PolicyRule[];
}

export interface ResourceAttributes {
  readonly namespace: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
}

type Review = KubeObject<{ readonly resourceAttributes: ResourceAttributes }, { readonly allowed: boolean }>;

const REVIEWS: Resource<Review> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'selfsubjectaccessreviews',
  kind: 'SelfSubjectAccessReview',
  namespaced: false,
};

/** Every single right that the rules give. */
export function singleRights(scopes: readonly ScopedRules[]): ResourceAttributes[] {
  return scopes.flatMap(({ namespace, rules }) =>
    rules.flatMap(({ apiGroups, resources, resourceNames = [''], verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((path) =>
          resourceNames.flatMap((name) =>
            verbs.map((verb) => {
              const [resource = '', subresource = ''] = path.split('/');
              return { namespace, verb, group, resource, subresource, name };
            }),
          ),
        ),
      ),
    ),
  );
}

/** Those of the rights that the API server doesn't grant. */
export async function missingRights(
  rest: RestClient,
  scopes: readonly ScopedRules[],
  signal: AbortSignal,
): Promise<ResourceAttributes[]> {
  const missing: ResourceAttributes[] = [];
  for (const resourceAttributes of singleRights(scopes)) {
    const review = await rest.create(REVIEWS, '', { metadata: {}, spec: { resourceAttributes } }, signal);
    if (review.status?.allowed !== true) missing.push(resourceAttributes);
  }
  return missing;
}

/** As `kubectl auth can-i` would be asked. */
export function describeRight({ namespace, verb, group, resource, subresource, name }: ResourceAttributes): string {
  const path = `${resource}${group === '' ? '' : `.${group}`}${name === '' ? '' : `/${name}`}`;
  const of = subresource === '' ? '' : ` --subresource=${subresource}`;
  return `${verb} ${path}${of}${namespace === '' ? '' : ` -n ${namespace}`}`;
}
