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

export type ProductName = 'k8s' | 'vsphere' | 'helm';

/** Absolute paths of the tools of the products `P`. */
export type ToolPaths<P extends ProductName = ProductName> = ('k8s' extends P ? K8sTools : unknown) &
  ('vsphere' extends P ? VsphereTools : unknown) &
  ('helm' extends P ? HelmTools : unknown);
