// The order of test files: as jest's own, but the sample of campaigns comes last. Its jobs keep two cores busy, and what runs
// beside them takes as long as both.
import DefaultSequencer from '@jest/test-sequencer';

const isSample = ({ path }) => path.endsWith('/campaigns/sample.test.ts');

export default class Sequencer extends DefaultSequencer {
  sort(tests) {
    return DefaultSequencer.prototype.sort
      .call(this, tests)
      .toSorted((a, b) => Number(isSample(a)) - Number(isSample(b)));
  }
}
