/**
 * Every run of the suite tries the same cases, so a red run is the change's own doing. Other cases:
 * `GUILDHALL_SEED=<number> npm test`.
 */
import fc from 'fast-check';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    seed: number;
  }
}

fc.configureGlobal({ seed: inject('seed') });
