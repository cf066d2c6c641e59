/** A change of settings: each is one entry of the ledger, and whatever else is shown may have changed with it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Settings } from '../../../../src/core/hall/settings.ts';
import { sendJson } from '../../api/http.ts';

export const useChange = () => {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (patch: Partial<Settings>) => sendJson('PATCH', '/v1/settings', patch),
    onSettled: () => queries.invalidateQueries(),
  });
};

export type Change = ReturnType<typeof useChange>;
