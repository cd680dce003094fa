#include <iostream>

#include "gemma_events/msg/action_event.hpp"
#include "gemma_events/msg/speech_event.hpp"

int main()
{
  gemma_events::msg::SpeechEvent event;
  event.event_type = gemma_events::msg::SpeechEvent::SPEECH_STARTED;
  event.event_number = 7;
  gemma_events::msg::ActionEvent action;
  std::cout << event.event_type << " " << event.event_number << " " << int{action.priority} << std::endl;
  return 0;
}
