CREATE TABLE `ban_appeals` (
	`appeal_id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`ban_id` text NOT NULL,
	`text` text NOT NULL,
	`made_at` integer NOT NULL,
	`last_seq` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `ban_appeals_by_ban` ON `ban_appeals` (`ban_id`);--> statement-breakpoint
CREATE TABLE `ban_reports` (
	`report_id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`sha256` text NOT NULL,
	`reason` text NOT NULL,
	`evidence_url` text,
	`reported_at` integer NOT NULL,
	`last_seq` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `bans` (
	`ban_id` text PRIMARY KEY NOT NULL,
	`epoch` integer NOT NULL,
	`kind` text NOT NULL,
	`target` text NOT NULL,
	`reason` text NOT NULL,
	`source` text NOT NULL,
	`issued_at` integer NOT NULL,
	`expires_at` integer,
	`lifted_at` integer,
	`last_seq` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `bans_by_epoch` ON `bans` (`epoch`);--> statement-breakpoint
CREATE TABLE `report_reviews` (
	`report_id` text PRIMARY KEY NOT NULL,
	`verdict` text NOT NULL,
	`reviewed_at` integer NOT NULL,
	`last_seq` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `worker_hashes` (
	`tenant_id` text NOT NULL,
	`worker_id` text NOT NULL,
	`namespace` text NOT NULL,
	`sha256` text NOT NULL,
	`last_seq` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `worker_id`, `sha256`)
);
--> statement-breakpoint
CREATE INDEX `worker_hashes_by_worker` ON `worker_hashes` (`worker_id`);--> statement-breakpoint
CREATE INDEX `worker_hashes_by_namespace` ON `worker_hashes` (`namespace`);