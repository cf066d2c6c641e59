/** What the README tells to make before a deployment is what the deployment binds: no more, no less. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inRoot } from '../../src/cli/paths.ts';
import { loadWrangler } from '../../src/cli/tools.ts';

const told = (command: string): readonly string[] =>
  [...readFileSync(inRoot('README.md'), 'utf8').matchAll(new RegExp(`^npx wrangler ${command} (\\S+)`, 'gm'))].map(
    ([, name = '']) => name,
  );

test('every database, bucket, queue and secret is made first', async () => {
  const { unstable_readConfig } = await loadWrangler();
  const config = unstable_readConfig({ config: inRoot('wrangler.toml') });
  expect(told('d1 create')).toEqual(
    config.d1_databases.map(({ database_name }: { readonly database_name: string }) => database_name),
  );
  expect(told('r2 bucket create')).toEqual(
    config.r2_buckets.map(({ bucket_name }: { readonly bucket_name: string }) => bucket_name),
  );
  expect(told('queues create')).toEqual(config.queues.producers?.map(({ queue }: { readonly queue: string }) => queue));
  expect(told('secret put')).toEqual(config.secrets?.required);
});
