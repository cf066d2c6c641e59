/** Which approval is chosen: the same one while others come and go around it; where it is gone itself, its neighbour. */
import { useCallback, useRef, useState } from 'react';
import type { Approval } from '../../api/types.ts';

interface Chosen {
  readonly id: string | undefined;
  readonly at: number;
}

/** Its index, and how another one is chosen. */
export const useChosen = (approvals: readonly Approval[]): readonly [number, (index: number) => void] => {
  const listed = useRef(approvals);
  listed.current = approvals;
  const [{ id, at }, setChosen] = useState<Chosen>({ id: undefined, at: 0 });
  const choose = useCallback((index: number): void => {
    setChosen({ id: listed.current[index]?.pending_approval_id, at: index });
  }, []);
  const found = approvals.findIndex(({ pending_approval_id }) => pending_approval_id === id);
  return [found >= 0 ? found : Math.max(Math.min(at, approvals.length - 1), 0), choose];
};
