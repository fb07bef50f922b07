import type { Topic } from './topic.ts'
export function claimTopics(): Topic[] { return [] }
