// How late the event loop runs: a blocked loop renews no Lease, so it's measured always, not only when it hurts.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Metrics } from './metrics.ts';

const NANOSECONDS = 1e9;

export interface EventLoopWatch {
  /** Brings the gauges up to date; they cover the time since the last turn of the window. */
  publish(): void;
  stop(): void;
}

/** Measures the delay over windows of `windowMs`. */
export function watchEventLoop(metrics: Metrics, windowMs = 60_000): EventLoopWatch {
  const histogram = monitorEventLoopDelay({ resolution: 10 });
  histogram.enable();
  const publish = (): void => {
    metrics.eventLoopSeconds.set({ quantile: '0.5' }, histogram.percentile(50) / NANOSECONDS);
    metrics.eventLoopSeconds.set({ quantile: '0.99' }, histogram.percentile(99) / NANOSECONDS);
    metrics.eventLoopSeconds.set({ quantile: '1' }, histogram.max / NANOSECONDS);
  };
  const timer = setInterval(() => {
    publish();
    histogram.reset();
  }, windowMs);
  timer.unref();
  return {
    publish,
    stop: () => {
      clearInterval(timer);
      histogram.disable();
    },
  };
}
