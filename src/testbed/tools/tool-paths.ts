// The counterparts that are programs, by the names that code uses, and where each one's file is.

export interface K8sTools {
  etcd: string;
  kubeApiserver: string;
  kubeControllerManager: string;
  kubectl: string;
}

export interface VsphereTools {
  vcsim: string;
  govc: string;
}

export interface HelmTools {
  /** Helm 4. */
  helm: string;
  helm3: string;
}

export interface KubeletTools {
  kubeScheduler: string;
  kubelet: string;
  /** The process of a Pod's sandbox, linked statically. */
  pause: string;
}

export interface ArgocdTools {
  /** All of Argo CD's roles; ARGOCD_BINARY_NAME says which. */
  argocd: string;
  /** Runs scripts of an argocd-cm in Argo CD's own Lua virtual machine. */
  argocdLua: string;
}

export interface KstatusTools {
  kstatus: string;
}

export interface KubeScoreTools {
  /** Judges manifests by what is good practice in a cluster. */
  kubeScore: string;
}

/** Which tools each product has. */
export interface ToolsByProduct {
  k8s: K8sTools;
  vsphere: VsphereTools;
  helm: HelmTools;
  kubelet: KubeletTools;
  argocd: ArgocdTools;
  kstatus: KstatusTools;
  'kube-score': KubeScoreTools;
}

export type ProductName = keyof ToolsByProduct;

/** Absolute paths of the tools of the products `P`. */
export type ToolPaths<P extends ProductName = ProductName> = Intersection<ToolsByProduct[P]>;

/** A & B of A | B: a function that takes any of them takes all at once. */
type Intersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;
