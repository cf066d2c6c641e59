import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/states.tsx';

/** The text of a new key: nowhere else and never again. */
export const ShownOnce = ({ apiKey, onClose }: { apiKey: string; onClose: () => void }) => (
  <div className="space-y-4">
    <Notice tone="hold">It is shown this once: put it where secrets are kept.</Notice>
    <code className="block select-all wrap-anywhere rounded-md bg-raised p-3">{apiKey}</code>
    <div className="flex justify-end">
      <Button kind="primary" onClick={onClose}>
        I have kept it
      </Button>
    </div>
  </div>
);
