/** The text that is worked on: of which bundle, what was there, and whether it says something else by now. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { bundleList, savedBundle, snapshot, snapshotList } from './queries.ts';

export const START = `version: v1
default_decision: deny
rules:
  - id: summaries
    match:
      topics: ["job.cap.doc.*"]
    decision: allow
    reason: documents may be summarised
`;

export interface Draft {
  readonly bundleId: string;
  readonly text: string;
  /** What is in force of this bundle; null: nothing. */
  readonly inForce: string | null;
  readonly saved: string | null;
  readonly revision: number;
  /** In force now, of all bundles. */
  readonly snapshotHash: string | null;
  readonly isChanged: boolean;
  readonly write: (text: string) => void;
  /** Back to what is saved. */
  readonly forget: () => void;
}

export interface DraftState {
  readonly draft: Draft | null;
  readonly bundleIds: readonly string[];
  readonly error: Error | null;
}

export const useDraft = (bundleId: string): DraftState => {
  const [written, setWritten] = useState<Readonly<Record<string, string>>>({});
  const bundles = useQuery(bundleList);
  const snapshots = useQuery(snapshotList);
  const hash = snapshots.data?.snapshots[0] ?? null;
  const force = useQuery({ ...snapshot(hash ?? ''), enabled: hash !== null });
  const known = bundles.data?.items.find(({ id }) => id === bundleId);
  const saved = useQuery({ ...savedBundle(bundleId), enabled: known !== undefined });
  const error = bundles.error ?? snapshots.error ?? force.error ?? saved.error;
  const isLoading =
    bundles.data === undefined ||
    snapshots.data === undefined ||
    (hash !== null && force.data === undefined) ||
    (known !== undefined && saved.data === undefined);
  const inForceIds = force.data?.bundles.map(({ id }) => id) ?? [];
  const bundleIds = [...new Set(['main', ...inForceIds, ...(bundles.data?.items ?? []).map(({ id }) => id), bundleId])];
  if (isLoading) return { draft: null, bundleIds, error };
  const inForce = force.data?.bundles.find(({ id }) => id === bundleId)?.content ?? null;
  const base = saved.data?.content ?? (inForce === null ? START : readable(inForce));
  const { [bundleId]: own, ...others } = written;
  return {
    bundleIds,
    error,
    draft: {
      bundleId,
      text: own ?? base,
      inForce,
      saved: saved.data?.content ?? null,
      revision: saved.data?.revision ?? 0,
      snapshotHash: hash,
      isChanged: own !== undefined && own !== base,
      write: (text) => setWritten({ ...written, [bundleId]: text }),
      forget: () => setWritten(others),
    },
  };
};

/** A policy that came as JSON in one line is laid out; every other text stays as its author wrote it. */
export const readable = (text: string): string => {
  if (text.includes('\n') || !text.startsWith('{')) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};
