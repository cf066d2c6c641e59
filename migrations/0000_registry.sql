CREATE TABLE `tenants` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_seq` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE `workers` (
	`tenant_id` text NOT NULL,
	`worker_id` text NOT NULL,
	`species_id` text NOT NULL,
	`record_hash` text NOT NULL,
	`status` text NOT NULL,
	`enrolled_at` integer NOT NULL,
	`last_seq` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `worker_id`)
);
--> statement-breakpoint
CREATE INDEX `workers_by_worker` ON `workers` (`worker_id`);--> statement-breakpoint
CREATE INDEX `workers_by_species` ON `workers` (`species_id`);