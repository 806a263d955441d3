// Requests to the API server as series: once as client-go counts them, once by verb and resource.
import type { Metrics } from './metrics.ts';

interface Ended {
  readonly verb: string;
  readonly resource: string;
  readonly code: number;
}

interface Answered {
  readonly method: string;
  readonly code: number | undefined;
  readonly host: string;
}

/** The hooks that a REST client calls. */
export function reportRequests({ kubeRequests, restRequests }: Metrics): {
  observe: (record: Ended) => void;
  onAnswer: (record: Answered) => void;
} {
  return {
    observe: ({ verb, resource, code }) => kubeRequests.inc({ verb, resource, code: String(code) }),
    onAnswer: ({ method, code, host }) => restRequests.inc({ method, host, code: code?.toString() ?? '<error>' }),
  };
}
