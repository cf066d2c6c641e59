import type { NetworkBan } from '../../api/types.ts';
import { Badge } from '../../ui/verdict.tsx';

const TONE = { effective: 'deny', pending: 'hold', lifted: 'plain', expired: 'plain' } as const;
const WORD = { effective: 'in force everywhere', pending: 'spreading', lifted: 'lifted', expired: 'over' } as const;

export const BanStatus = ({ status }: { status: NetworkBan['status'] }) => (
  <Badge tone={TONE[status]}>{WORD[status]}</Badge>
);
