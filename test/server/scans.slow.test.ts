import { describe } from 'vitest';
import { describeScans } from './scan-suite.ts';

describe('scans on the embedded database:', () => {
  describeScans(async () => ({}));
});
