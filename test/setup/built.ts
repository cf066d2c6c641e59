/** Once, before the e2e project: what every start would build, so that no two files build it at the same time. */
import { buildWorker } from '../../src/cli/build.ts';

export const setup = async (): Promise<void> => {
  await buildWorker();
};
