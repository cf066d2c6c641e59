/** Whom a ban names, in words. */
import type { BanTarget } from '../../api/types.ts';

export const targetText = ({ worker_id, namespace, sha256 }: BanTarget): string =>
  worker_id ?? (namespace === undefined ? (sha256 ?? '') : `${namespace}.*`);

export const targetKind = ({ worker_id, namespace }: BanTarget): string =>
  worker_id !== undefined
    ? 'one worker'
    : namespace !== undefined
      ? 'all workers of a namespace'
      : 'whoever runs this code';
