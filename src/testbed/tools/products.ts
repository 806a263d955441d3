// What is built from Go modules and how: one product for each go.mod in hack/tools, whose versions are pinned there.
// Everything here is part of the cache key, so a change of a flag builds anew.
import { repositoryPath } from '../repository.ts';
import type { ProductName } from './tool-paths.ts';

export interface Tool {
  /** Name in ToolPaths. */
  key: string;
  /** File name of the binary. */
  file: string;
  /** Go package of its main function, as `go build` in the product's module takes it. */
  package: string;
  /** Environment variable that names a binary to use instead. */
  override?: string;
}

export interface Product {
  name: ProductName;
  /** Folder with go.mod and go.sum. */
  directory: string;
  tools: readonly Tool[];
  buildFlags: readonly string[];
  /** Environment variable that names a folder with all tools, to use instead. */
  overrideDirectory?: string;
  /** What a first build costs on two cores, for people who wait. */
  coldBuild: string;
}

/** As hack/tools/k8s/go.mod pins them. */
export const KUBERNETES_VERSION = '1.36.3';
export const ETCD_VERSION = '3.6.8';

/** Without these stamps the API server calls itself v0.0.0-master, and clients that compare versions misbehave. */
function kubernetesVersionStamps(): string {
  const [major, minor] = KUBERNETES_VERSION.split('.');
  const values = { gitVersion: `v${KUBERNETES_VERSION}`, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  return packages
    .flatMap((path) => Object.entries(values).map(([name, value]) => ` -X ${path}.${name}=${value}`))
    .join('');
}

const HELM_VERSIONS = { v4: '4.3.1', v3: '3.22.0' } as const;

/** As Helm's own Makefile stamps them: without the last one, `template` of Helm 3 takes the cluster for a Kubernetes 1.20. */
function helmVersionStamps(): string {
  const versions = Object.entries(HELM_VERSIONS).map(([major, version]) => [
    `helm.sh/helm/${major}/internal/version.version`,
    `v${version}`,
  ]);
  const kubernetes = [
    ['helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor', '1'],
    ['helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor', '37'],
  ];
  return [...versions, ...kubernetes].map(([name, value]) => `-X ${name}=${value}`).join(' ');
}

const KUBERNETES_FLAGS = [
  '-trimpath',
  '-buildvcs=false',
  '-tags=selinux,notest,grpcnotrace',
  `-ldflags=-s -w -buildid= ${kubernetesVersionStamps()}`,
];
const PLAIN_FLAGS = ['-trimpath', '-buildvcs=false', '-ldflags=-s -w -buildid='];

export const PRODUCTS: Readonly<Record<ProductName, Product>> = {
  k8s: {
    name: 'k8s',
    directory: repositoryPath('hack/tools/k8s'),
    overrideDirectory: 'KUBEBUILDER_ASSETS',
    coldBuild: 'about 7 minutes',
    buildFlags: KUBERNETES_FLAGS,
    tools: [
      { key: 'etcd', file: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
      { key: 'kubectl', file: 'kubectl', package: 'k8s.io/kubernetes/cmd/kubectl' },
      { key: 'kubeApiserver', file: 'kube-apiserver', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
      {
        key: 'kubeControllerManager',
        file: 'kube-controller-manager',
        package: 'k8s.io/kubernetes/cmd/kube-controller-manager',
      },
    ],
  },
  vsphere: {
    name: 'vsphere',
    directory: repositoryPath('hack/tools/vsphere'),
    coldBuild: 'about a minute',
    buildFlags: PLAIN_FLAGS,
    tools: [
      { key: 'vcsim', file: 'vcsim', package: './vcsim', override: 'VCSIM' },
      { key: 'govc', file: 'govc', package: './govc', override: 'GOVC' },
    ],
  },
  // A real node, apart from `k8s` so that nobody who needs none waits for it.
  kubelet: {
    name: 'kubelet',
    directory: repositoryPath('hack/tools/kubelet'),
    coldBuild: 'about 3 minutes',
    buildFlags: KUBERNETES_FLAGS,
    tools: [
      {
        key: 'kubeScheduler',
        file: 'kube-scheduler',
        package: 'k8s.io/kubernetes/cmd/kube-scheduler',
        override: 'KUBE_SCHEDULER',
      },
      { key: 'kubelet', file: 'kubelet', package: 'k8s.io/kubernetes/cmd/kubelet', override: 'KUBELET' },
      { key: 'pause', file: 'pause', package: './pause', override: 'PAUSE' },
    ],
  },
  argocd: {
    name: 'argocd',
    directory: repositoryPath('hack/tools/argocd'),
    coldBuild: 'about 5 minutes',
    buildFlags: PLAIN_FLAGS,
    tools: [
      { key: 'argocd', file: 'argocd', package: 'github.com/argoproj/argo-cd/v3/cmd', override: 'ARGOCD' },
      { key: 'argocdLua', file: 'argocd-lua', package: './lua', override: 'ARGOCD_LUA' },
    ],
  },
  kstatus: {
    name: 'kstatus',
    directory: repositoryPath('hack/tools/kstatus'),
    coldBuild: 'about a minute',
    buildFlags: PLAIN_FLAGS,
    tools: [{ key: 'kstatus', file: 'kstatus', package: '.', override: 'KSTATUS' }],
  },
  'kube-score': {
    name: 'kube-score',
    directory: repositoryPath('hack/tools/kube-score'),
    coldBuild: 'about a minute',
    buildFlags: PLAIN_FLAGS,
    tools: [
      {
        key: 'kubeScore',
        file: 'kube-score',
        package: 'github.com/zegl/kube-score/cmd/kube-score',
        override: 'KUBE_SCORE',
      },
    ],
  },
  helm: {
    name: 'helm',
    directory: repositoryPath('hack/tools/helm'),
    coldBuild: 'about 4 minutes',
    buildFlags: ['-trimpath', '-buildvcs=false', `-ldflags=-s -w -buildid= ${helmVersionStamps()}`],
    tools: [
      { key: 'helm', file: 'helm', package: 'helm.sh/helm/v4/cmd/helm', override: 'HELM' },
      { key: 'helm3', file: 'helm3', package: 'helm.sh/helm/v3/cmd/helm', override: 'HELM3' },
    ],
  },
};
