import { Badge, type Tone } from '../../ui/verdict.tsx';

const TONE: Readonly<Record<string, Tone>> = {
  active: 'allow',
  banned: 'deny',
  quarantined: 'deny',
  revoked: 'deny',
  offline: 'hold',
};

export const WorkerStatus = ({ status }: { status: string }) => <Badge tone={TONE[status] ?? 'plain'}>{status}</Badge>;
