/** The frames that only members send. */
import { frame } from "../shared/socket.js";

export const followConversation = (conversation, after_sequence) => frame("conversation.follow", { conversation, after_sequence });
export const unfollowConversation = (conversation) => frame("conversation.unfollow", { conversation });
