/** An outcome by icon, word and colour. What failed closed is shown apart from what a rule denied. */
export type Tone = 'allow' | 'deny' | 'hold' | 'fault' | 'plain';

const TONES: Record<Tone, readonly [classes: string, icon: string]> = {
  allow: ['bg-allow-wash text-allow', '✓'],
  deny: ['bg-deny-wash text-deny', '✕'],
  hold: ['bg-hold-wash text-hold', '❚❚'],
  fault: ['bg-fault-wash text-fault', '!'],
  plain: ['bg-raised text-soft', '·'],
};

export const Badge = ({ tone, children }: { tone: Tone; children: string }) => {
  const [classes, icon] = TONES[tone];
  return (
    <span
      className={`inline-flex items-center gap-1 whitespace-nowrap rounded px-1.5 py-0.5 text-xs font-medium ${classes}`}
    >
      <span aria-hidden="true" className="text-[0.85em]">
        {icon}
      </span>
      <span>{children}</span>
    </span>
  );
};

/** `denyClass` `fault`: something was not there, or failed; nobody's rule said no. */
export const Verdict = ({ outcome, denyClass }: { outcome: string; denyClass: string | null }) => {
  if (outcome === 'DISPATCH') return <Badge tone="allow">Dispatched</Badge>;
  if (outcome === 'STEWARD_HOLD') return <Badge tone="hold">Held</Badge>;
  return denyClass === 'fault' ? <Badge tone="fault">Failed closed</Badge> : <Badge tone="deny">Denied</Badge>;
};
