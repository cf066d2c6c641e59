/** What proves a decision, and the button that checks all of it here. The verifier is loaded when it is pressed. */
import { useMutation } from '@tanstack/react-query';
import type { DecisionDetail } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Failed } from '../../ui/states.tsx';
import { Card, Facts, Mono } from '../../ui/table.tsx';
import { Steps } from '../../verify/steps.tsx';

export const Proof = ({ detail }: { detail: DecisionDetail }) => {
  const { decision_id: decisionId, evidence_receipt: receipt, recomputed } = detail;
  const verify = useMutation({
    mutationFn: async () => {
      const { verifyDecision } = await import('../../verify/decision.ts');
      return verifyDecision(decisionId, receipt);
    },
  });
  return (
    <Card
      title="Proof"
      action={
        <Button kind="primary" busy={verify.isPending} onClick={() => verify.mutate()}>
          Verify in my browser
        </Button>
      }
    >
      <div className="space-y-3">
        {verify.data !== undefined && <Steps verdict={verify.data} />}
        {verify.error !== null && <Failed error={verify.error} />}
        <Facts
          rows={[
            ['Receipt', <Mono key="id">{receipt.receipt_id}</Mono>],
            ['Receipt hash', <Mono key="hash">{receipt.receipt_hash}</Mono>],
            ['Hash before it', <Mono key="prev">{receipt.prev_receipt_hash ?? 'none: it is the first'}</Mono>],
            ['Signed by', <Mono key="kid">{receipt.signing_key_id}</Mono>],
            ['Made anew by the service', recomputed === 'same' ? 'the same bytes' : recomputed.replaceAll('_', ' ')],
          ]}
        />
        <p className="text-xs text-soft">
          A receipt proves what was decided and recorded. It does not prove that the action was right, or that it took
          place.
        </p>
      </div>
    </Card>
  );
};
