export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.js' },
  // The polyfill first: jest evaluates CommonJS dependencies before the module that imports them in order.
  setupFiles: ['reflect-metadata', '<rootDir>/test/support/one-realm.ts'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  testSequencer: '<rootDir>/test/support/sequencer.js',
  maxWorkers: 2,
  // Only what hangs: many tests start processes, and a machine may be busy.
  testTimeout: 120_000,
  coverageProvider: 'v8',
};
